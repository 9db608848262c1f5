"""Hostile payloads: whatever a stranger publishes, decoding says MessageError and nothing else."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages import MAX_PAYLOAD, Alert, BoxState, Health, MessageError, Receipt, decode, encode
from messages.topics import BoxTopics, parse
from tests.contract.samples import SAMPLES, SMALL

KINDS: list[type[msgspec.Struct]] = [Alert, Health, Receipt, BoxState]
WHOLE: dict[str, Any] = json.loads(encode(SMALL))


def with_data(**more: object) -> bytes:
    return json.dumps({**WHOLE, "data": {**WHOLE["data"], **more}}).encode()


def changed(**more: object) -> bytes:
    return json.dumps({**WHOLE, **more}).encode()


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "truncated"),
        (b"\x00", "malformed"),
        (b"\xff\xfe\x00", "malformed"),
        (b"null", "object"),
        (b"[]", "object"),
        (b"{", "truncated"),
        (b"{}", "required"),
        (b'{"a":' * 50_000, "field"),
        (b"[" * 200_000, "object"),
        (b" " * (MAX_PAYLOAD + 1), "over the limit"),
        (encode(SMALL) + b"x", "malformed"),
        (encode(SMALL)[:-1], "truncated"),
        (encode(SMALL).replace(b"school-1", b"school\xff1"), "utf-8"),
        (changed(track_id=1), "track_id"),
        (with_data(plate="A12345"), "plate"),
        (with_data(embedding=[0.1] * 128), "embedding"),
        (changed(specversion="2.0"), "specversion"),
        (changed(datacontenttype="text/html"), "datacontenttype"),
        (changed(type="place.alert.deleted"), "type"),
        (changed(id=""), "id"),
        (changed(id="a b"), "id"),
        (changed(id="a\n"), "id"),
        (changed(id="a" * 129), "id"),
        (changed(subject="../../etc"), "subject"),
        (changed(subject="a/b"), "subject"),
        (changed(subject="+"), "subject"),
        (changed(subject="school-1\x00"), "subject"),
        (changed(source="//a/b/c/d"), "source"),
        (changed(source="http://evil/"), "source"),
        (changed(seq=-1), "seq"),
        (changed(seq=2**53 + 1), "seq"),
        (changed(seq=1.5), "seq"),
        (changed(seq="1"), "seq"),
        (changed(seq=True), "seq"),
        (changed(time="2025-06-10T12:00:00"), "time"),
        (changed(time="yesterday"), "time"),
        (changed(time="2025-13-40T99:00:00Z"), "time"),
        (changed(time=0), "time"),
        (with_data(kind="face_match"), "kind"),
        (with_data(place_class="home"), "place_class"),
        (with_data(confidence=1.1), "confidence"),
        (with_data(confidence=-0.1), "confidence"),
        (encode(SMALL).replace(b'"confidence":0.5', b'"confidence":NaN'), "malformed"),
        (encode(SMALL).replace(b'"confidence":0.5', b'"confidence":1e999'), "confidence"),
        (with_data(count=-1), "count"),
        (with_data(count=10**30), "count"),
        (with_data(evidence_missing="x" * 501), "evidence_missing"),
        (with_data(evidence={"jpeg": "!!"}), "evidence"),
        (with_data(evidence={"media_type": "image/svg+xml"}), "media_type"),
    ],
)
def test_a_hostile_alert_is_refused_in_words(payload: bytes, said: str) -> None:
    with pytest.raises(MessageError, match=r"(?i)" + said):
        decode(payload, Alert)


def test_a_picture_that_is_too_large_is_refused() -> None:
    picture = {
        "width": 1,
        "height": 1,
        "jpeg": "/9j/" * 45_000,
        "captured": WHOLE["time"],
        "blurred": 0,
    }
    with pytest.raises(MessageError, match="jpeg"):
        decode(with_data(evidence=picture), Alert)


@given(st.binary(max_size=400), st.sampled_from(KINDS))
def test_bytes_never_raise_anything_else(payload: bytes, kind: type[msgspec.Struct]) -> None:
    try_to_decode(payload, kind)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.sampled_from(KINDS))
def test_json_never_raises_anything_else(value: object, kind: type[msgspec.Struct]) -> None:
    try_to_decode(json.dumps(value).encode("utf-8", "surrogatepass"), kind)


@given(st.sampled_from(SAMPLES), st.data())
def test_a_damaged_message_never_raises_anything_else(
    sample: tuple[str, msgspec.Struct], data: st.DataObject
) -> None:
    _, message = sample
    payload = bytearray(encode(message)[:4000])
    for _ in range(data.draw(st.integers(1, 6))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try_to_decode(bytes(payload), type(message))


def try_to_decode(payload: bytes, kind: type[msgspec.Struct]) -> None:
    with suppress(MessageError):
        decoded = decode(payload, kind)
        assert decode(encode(decoded), kind) == decoded


@given(st.text(max_size=60))
def test_topics_of_strangers_are_none(topic: str) -> None:
    address = parse(topic)
    assert address is None or topic.startswith("pw/v1/")


@pytest.mark.parametrize(
    "topic",
    [
        "", "/", "pw/v1", "pw/v1/north/box-1", "pw/v2/north/box-1/health", "pw/v1/north/box-1/configuration",
        "pw/v1/north/box-1/health/more", "pw/v1//box-1/health", "pw/v1/north/+/health", "pw/v1/a b/b/health",
        "pw/v1/north/box-1/alert/school-1", "pw/v1/north/box-1/alert/../no_stopping", "$SYS/broker/uptime",
        "pw/v1/north/box-1/health\n", "pw/v1/" + "a" * 65 + "/b/health",
    ],
)  # fmt: skip
def test_odd_topics_are_none(topic: str) -> None:
    assert parse(topic) is None


def test_topics_are_read_as_they_are_written() -> None:
    topics = BoxTopics("north", "box-1")
    for topic, channel in ((topics.health, "health"), (topics.state, "state"), (topics.receipt, "receipt")):
        address = parse(topic)
        assert address is not None
        assert (address.box, address.channel) == (topics, channel)
