"""Clips at the centre: parts in any order, twice, or wrong; whole ones are stored and shown, in ranges."""

import random
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from httpx import Client
from msgspec import structs
from sqlalchemy import func, select

from central.ingest.clips import MOST_UNFINISHED
from central.ingest.inbound import ClipIn, Refused
from central.setup import Tables
from central.store.models import Base, Clip, ClipPart, Evidence, Stream
from central.store.mp4 import Mp4Error, inspect_mp4
from messages import ClipPart as Part
from messages import encode
from messages.clip import split
from tests.central.conftest import Office
from tests.central.speech import BOX, Box, at, evidence, inbound, sent
from tests.central.test_api import desk_of, get
from tests.central.web import served


@cache
def mp4(seed: int = 0, *, sound: bool = False, codec: str = "libx264", title: str = "") -> bytes:
    """A small clip of noise, some parts large."""
    file, rng = BytesIO(), np.random.default_rng(seed)
    with av.open(file, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = cast("VideoStream", container.add_stream(codec, rate=10))
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        if title:
            container.metadata["title"] = title
        heard = container.add_stream("aac", rate=8000) if sound else None
        for _ in range(30):
            noise = rng.integers(0, 256, (96, 128, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="bgr24")))
        container.mux(stream.encode(None))
        if heard is not None:
            silence = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
            )
            silence.sample_rate, silence.pts = 8000, 0
            container.mux(heard.encode(silence))
            container.mux(heard.encode(None))
    return file.getvalue()


def parts(content: bytes | None = None, *, clip: str = "c1", alert_id: str = "episode-1") -> list[Part]:
    content = mp4() if content is None else content
    whole = Part(
        id=clip, clip=clip, alert_id=alert_id, place="ring-road", camera="cam-1", part=0, parts=1,
        size=len(content), sha256=sha256(content).hexdigest(), width=128, height=96, started=at(-5),
        seconds=2.9, blurred=12, content=b"",
    )  # fmt: skip
    made = split(content, whole)
    assert len(made) > 2 or len(content) < 200_000
    return made


def rows(office: Office, model: type[Base]) -> int:
    with office.store.read() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


def clip_rows(office: Office) -> int:
    with office.store.read() as connection:
        where = Evidence.media_type == "video/mp4"
        return connection.execute(select(func.count()).select_from(Evidence).where(where)).scalar_one()


def opened(office: Office) -> None:
    office.take(sent(Box().alert(picture=evidence())))


def send(office: Office, *some: Part) -> tuple[set[str], dict[str, str]]:
    """Ids that are receipted, and those that are refused with the reason."""
    done = office.take(*(inbound(BOX.clip(part.clip), encode(part), received=10.0) for part in some))
    refused = {each.id: each.reason for each in done.rejected.get(BOX, [])}
    return set(done.ids.get(BOX, {})), refused


@pytest.mark.parametrize("seed", [0, 1])
def test_parts_in_any_order_and_twice_make_one_clip(office: Office, seed: int) -> None:
    opened(office)
    all_parts = parts()
    shuffled = all_parts * 2
    random.Random(seed).shuffle(shuffled)
    for part in shuffled:
        assert send(office, part) == ({part.id}, {})
    assert clip_rows(office) == 1
    assert rows(office, Clip) == rows(office, ClipPart) == 0
    with office.store.read() as connection:
        row = connection.execute(select(Evidence.__table__).where(Evidence.media_type == "video/mp4")).one()
    assert office.evidence.path(row.file).read_bytes() == mp4()
    assert (row.event_id, row.seconds, row.blurred, row.captured) == (1, 2.9, 12, at(-5))


def test_in_one_batch_with_its_alert(office: Office) -> None:
    alert = sent(Box().alert(picture=evidence()))
    done = office.take(alert, *(inbound(BOX.clip("c1"), encode(part)) for part in parts()))
    assert len(done.ids[BOX]) == 1 + len(parts())
    assert clip_rows(office) == 1
    assert done.stream_last == 2
    assert rows(office, Stream) == 2  # who follows the event is told that it has a clip now


def test_a_clip_of_no_episode_is_refused(office: Office) -> None:
    part = parts()[0]
    ids, refused = send(office, part)
    assert not ids
    assert "there is no episode episode-1" in refused[part.id]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00" * 1000, "not an MP4"),
        (mp4(sound=True), "one picture track and nothing else"),
        (mp4(codec="mpeg4"), "is not H.264"),
        (mp4(title="east gate"), "carries metadata"),
        (mp4()[:-100], "is cut short"),
    ],
)
def test_what_is_no_redacted_clip_is_refused(office: Office, content: bytes, words: str) -> None:
    opened(office)
    *_, last = (send(office, part) for part in parts(content))
    assert words in str(last[1])
    assert clip_rows(office) == rows(office, Clip) == rows(office, ClipPart) == 0


def test_parts_that_do_not_belong_together_are_refused(office: Office) -> None:
    opened(office)
    first, second, *_ = parts()
    send(office, first)
    other = structs.replace(second, sha256="0" * 64)
    assert "not those of the clip's other parts" in send(office, other)[1][other.id]


def test_a_wrong_hash_is_refused(office: Office) -> None:
    opened(office)
    *_, last = (send(office, structs.replace(part, sha256="0" * 64)) for part in parts())
    assert "do not make the file" in str(last[1])


def test_a_size_that_is_not_the_files_is_refused(office: Office) -> None:
    opened(office)
    *_, last = (send(office, structs.replace(part, width=130)) for part in parts())
    assert "is 128 x 96, not 130 x 96" in str(last[1])


def test_the_topic_is_the_authority(office: Office) -> None:
    part = parts()[0]
    read = office.checker.read(inbound(BOX.clip("other"), encode(part)))
    assert isinstance(read, Refused)
    assert (read.message_id, read.source.payload) == (part.id, b"")
    assert isinstance(office.checker.read(inbound(BOX.clip("c1"), encode(part))), ClipIn)
    beyond = structs.replace(part, part=part.parts)
    assert isinstance(office.checker.read(inbound(BOX.clip("c1"), encode(beyond))), Refused)


def test_unfinished_clips_are_bounded(office: Office) -> None:
    opened(office)
    for number in range(MOST_UNFINISHED + 5):
        ids, _ = send(office, parts(clip=f"c{number}")[0])
        assert ids
    assert rows(office, Clip) == rows(office, ClipPart) == MOST_UNFINISHED


def test_an_event_lists_its_clips_and_they_are_served_in_ranges(office: Office, tables: Tables) -> None:
    opened(office)
    send(office, *parts())
    with served(desk_of(office, tables)) as site:
        client: Client = site.client
        detail = get(client, "/api/v1/events/1")
        [clip] = detail["clips"]
        assert len(detail["pictures"]) == 1
        assert (clip["seconds"], clip["size"], clip["alert_id"]) == (2.9, len(mp4()), "episode-1")
        whole = client.get(clip["url"])
        assert (whole.headers["content-type"], whole.content) == ("video/mp4", mp4())
        assert whole.headers["content-disposition"].endswith('.mp4"')
        part = client.get(clip["url"], headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, mp4()[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(mp4())}"
        assert client.get(clip["url"], headers={"Range": "bytes=99999999-"}).status_code == 416
        assert client.get(clip["url"], headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("cut", [0, 4, 8, 30, 200])
def test_the_inspection_survives_any_cut(cut: int) -> None:
    with pytest.raises(Mp4Error):
        inspect_mp4(mp4()[:cut])


def test_the_inspection_survives_any_change() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        broken = bytearray(mp4())
        for place in rng.integers(0, 3000, 8):
            broken[place] = rng.integers(0, 256)
        try:
            inspect_mp4(bytes(broken))
        except Mp4Error:
            continue
