"""Types, JSON Schema and AsyncAPI say the same; no message has a field that nobody decided on."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

import messages
from messages import Kind, decode, encode
from messages.topics import BoxTopics, parse
from scripts.build_schemas import FOLDER, MESSAGES, rendered
from tests.contract.samples import SAMPLES

FIELDS = {
    "alert": {
        "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "session", "seq", "data",
        "alert_id", "kind", "place", "place_class", "camera", "zone", "count", "limit", "confidence",
        "started", "ended", "fault", "evidence", "evidence_missing", "rule_version", "model",
        "clock_offset_s",
        "media_type", "width", "height", "jpeg", "captured", "blurred",
    },
    "health": {
        "site", "box", "session", "time", "uptime_s", "version", "model", "cameras", "spool", "detect_ms",
        "clock_offset_s", "disk_free_bytes", "stopping", "camera", "place", "state", "reason", "codec",
        "width", "height", "fps", "frames_decoded", "frames_detected", "frames_dropped", "decode_errors",
        "frames_skipped", "gear", "gear_reason", "gop_s", "looks_per_s", "detect_load", "canvases_per_look",
        "canvas_fill",
        "reconnects", "last_frame", "waiting", "bytes", "oldest_s", "spooled", "published", "receipted",
        "rejected", "pictures_dropped", "alerts_dropped",
        "clips", "made", "skipped", "failed", "waiting_bytes", "dropped",
        "config", "update", "sha256", "wanted", "since", "disbelieved", "disbelief", "software",
        "degraded",
    },
    "config": {"type", "site", "box", "version", "issued", "expires", "config"},
    "update": {
        "type", "site", "box", "version", "issued", "expires", "software", "sha256", "size", "downgrade",
    },
    "signed": {"body", "signature"},
    "clip": {
        "id", "clip", "alert_id", "place", "camera", "media_type", "part", "parts", "size", "sha256",
        "width", "height", "started", "seconds", "blurred", "content",
    },
    "command": {"id", "verb", "camera", "issued", "expires"},
    "snapshot": {
        "id", "camera", "place", "picture", "missing",
        "media_type", "width", "height", "jpeg", "captured", "blurred",
    },
    "receipt": {"ids", "rejected", "id", "reason"},
    "state": {"online", "session", "version"},
}  # fmt: skip
"""Every field that leaves a box or reaches it. Adding one here is a decision about privacy."""

NEVER = ("face", "plate", "track", "embedding", "feature", "person", "name", "age", "gender", "identity")


CHECKER = FormatChecker()


@CHECKER.checks("date-time")
def is_aware_time(value: object) -> bool:
    """RFC 3339; jsonschema has no check of its own without another package."""
    if not isinstance(value, str):
        return True
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def committed(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return loaded


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(committed(name), format_checker=CHECKER)


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Every schema of an object within a schema."""
    if isinstance(value, dict):
        if value.get("type") == "object":
            yield value
        for item in value.values():
            yield from objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from objects(item)


def test_the_committed_files_are_what_the_types_say() -> None:
    made = rendered()
    assert {path.name for path in FOLDER.iterdir()} == set(made)
    for name, text in made.items():
        assert (FOLDER / name).read_text("utf-8") == text, f"run python -m scripts.build_schemas ({name})"


@pytest.mark.parametrize("name", list(MESSAGES))
def test_every_schema_is_one_and_closed(name: str) -> None:
    loaded = committed(name)
    Draft202012Validator.check_schema(loaded)
    found = list(objects(loaded))
    assert found
    for one in found:
        assert one["additionalProperties"] is False
        assert all(part.get("description") for part in one["properties"].values()), one["title"]
    assert "\\Z" not in json.dumps(loaded)


@pytest.mark.parametrize("name", list(MESSAGES))
def test_no_field_that_nobody_decided_on(name: str) -> None:
    fields = {field for one in objects(committed(name)) for field in one["properties"]}
    assert fields == FIELDS[name]
    for field in fields:
        assert not [word for word in NEVER if word in field.split("_")]


@pytest.mark.parametrize(("name", "message"), SAMPLES)
def test_samples_pass_both_schema_and_type(name: str, message: msgspec.Struct) -> None:
    payload = encode(message)
    validator(name).validate(json.loads(payload))
    assert decode(payload, MESSAGES[name]) == message
    assert encode(decode(payload, MESSAGES[name])) == payload


@pytest.mark.parametrize(("name", "message"), SAMPLES)
def test_schema_and_type_refuse_the_same(name: str, message: msgspec.Struct) -> None:
    whole: dict[str, Any] = json.loads(encode(message))
    for broken in spoilt(whole):
        payload = json.dumps(broken).encode()
        accepted = True
        try:
            decode(payload, MESSAGES[name])
        except messages.MessageError:
            accepted = False
        assert validator(name).is_valid(broken) == accepted, broken


def spoilt(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message with one field at a time missing, of another type, or added; nested ones too."""
    yield {**whole, "track_id": 7}
    for key, value in whole.items():
        yield {name: item for name, item in whole.items() if name != key}
        others: tuple[object, ...] = (None, True, -1, "", "a b", "x" * 600, [], {}, 2**60)
        yield from ({**whole, key: other} for other in others)
        if isinstance(value, dict):
            for inner in spoilt(value):
                yield {**whole, key: inner}


def resolve(document: dict[str, Any], reference: str) -> object:
    if not reference.startswith("#/"):
        return json.loads((Path(messages.__file__).parent / reference).read_text("utf-8"))
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def asyncapi() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(
        (Path(messages.__file__).parent / "asyncapi.yaml").read_text("utf-8")
    )
    return loaded


def test_asyncapi_is_whole() -> None:
    document = asyncapi()
    assert document["asyncapi"].startswith("3.")
    found = list(references(document))
    assert {f"schema/{name}.json" for name in MESSAGES} <= set(found)
    for reference in found:
        assert resolve(document, reference)


def test_asyncapi_names_the_topics_of_the_code() -> None:
    document, box = asyncapi(), BoxTopics("{site}", "{box}")
    written = {name: channel["address"] for name, channel in document["channels"].items()}
    assert written == {
        "alert": f"{box.base}/alert/{{place}}/{{kind}}",
        "receipt": box.receipt,
        "health": box.health,
        "state": box.state,
        "clip": box.clip("{clip}"),
        "command": box.command,
        "snapshot": box.snapshot("{camera}"),
        "config": box.config,
        "update": box.update,
    }
    assert document["components"]["parameters"]["kind"]["enum"] == [kind.value for kind in Kind]
    for channel in document["channels"].values():
        names = set(channel["parameters"])
        assert all(f"{{{name}}}" in channel["address"] for name in names)
        filled = channel["address"].format(
            site="north", box="box-1", place="school-1", kind="no_stopping", clip="c1", camera="cam-1"
        )
        assert parse(filled) is not None
