"""Evidence clips: what was before the alert is on them, all pictures are covered, nothing waits for them."""

import threading
import time
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest

from edge.clips import ClipOrder, clip_parts
from edge.config import load_box
from edge.detect.detections import Detections, Image
from edge.frame import Frame
from edge.gate.ring import Entry, PacketRing, RingBounds
from edge.ingest.source import VideoPacket, open_source
from edge.ingest.stamps import Stamper
from edge.ingest.tap import MOST_WANTED, ClipTap, Footage
from edge.ingest.unroll import unrolled
from edge.redact.image import RedactedImage, seal
from edge.redact.regions import Regions, Subject
from edge.redact.video import RedactedClip, make_clip
from edge.runner.parts import Parts
from edge.runner.worker import Worker
from messages import ClipHealth, ClipPart, Phase
from placewatch.errors import RedactionError
from tests.edge.boxes import write_box
from tests.edge.cameras import cameras
from tests.edge.clips import PERSON_BGR, intruder, walk, write_clip
from tests.edge.fakes import ColorDetector
from tests.outbox.brokers import Central, Mosquitto, until


class CoversRed:
    """Redacts the whole of the red person of the synthetic clips."""

    def __init__(self) -> None:
        self.looks = 0
        self.threads: set[str] = set()

    def find(self, image: Image) -> Regions:
        self.looks += 1
        self.threads.add(threading.current_thread().name)
        found = ColorDetector().detect([image])[0]
        return Regions.of(found.boxes, Subject.HEAD)

    def redact(self, image: Image, detections: Detections) -> RedactedImage:
        return seal(image, Regions.of(detections.boxes, Subject.HEAD))


def frames(seconds: float, fps: float = 10.0) -> list[Frame]:
    pictures = walk(seconds, intruder, fps=round(fps))
    return [Frame(image, 100.0 + n / fps, n) for n, image in enumerate(pictures)]


def shown(mp4: bytes) -> list[tuple[float, Image]]:
    with av.open(BytesIO(mp4), "r") as container:
        return [
            (float(picture.time), np.asarray(picture.to_ndarray(format="bgr24"), np.uint8))
            for picture in container.decode(video=0)
        ]


def boxes_of_file(mp4: bytes) -> list[str]:
    found, at = [], 0
    while at < len(mp4):
        size = int.from_bytes(mp4[at : at + 4])
        found.append(mp4[at + 4 : at + 8].decode())
        at += size
    return found


def test_a_clip_is_h264_with_its_index_in_front_and_nothing_else() -> None:
    clip = make_clip(frames(3.0), CoversRed(), fps=10)
    assert boxes_of_file(clip.mp4)[:2] == ["ftyp", "moov"]
    with av.open(BytesIO(clip.mp4), "r") as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert container.streams.video[0].codec_context.name == "h264"
        assert not container.metadata.keys() - {"major_brand", "minor_version", "compatible_brands"}
    assert len(shown(clip.mp4)) == clip.pictures == 30
    assert clip.started == 100.0
    assert clip.seconds == pytest.approx(2.9)
    assert clip.counts.heads > 5


def test_zones_are_drawn() -> None:
    square = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
    plain = make_clip(frames(0.5), CoversRed(), fps=10)
    drawn = make_clip(frames(0.5), CoversRed(), fps=10, zones=[square])
    assert np.abs(shown(plain.mp4)[0][1].astype(int) - shown(drawn.mp4)[0][1]).max() > 60


class Fails:
    def find(self, image: Image) -> Regions:
        raise RedactionError(f"no model for {image.shape}")


def test_one_picture_that_cannot_be_searched_is_no_clip() -> None:
    with pytest.raises(RedactionError, match="no model"):
        make_clip(frames(1.0), Fails(), fps=10)
    with pytest.raises(RedactionError, match="no picture"):
        make_clip([], CoversRed(), fps=10)


def test_who_gives_up_leaves_nothing_behind() -> None:
    class GaveUpError(Exception):
        pass

    def pause(time: float) -> None:
        if time > 101.0:
            raise GaveUpError

    with pytest.raises(GaveUpError):
        make_clip(frames(3.0), CoversRed(), fps=10, pause=pause)


def test_parts_make_the_whole_again() -> None:
    clip = make_clip(frames(2.0), CoversRed(), fps=10)
    order = ClipOrder("city", "box-1", "gate", "place-gate", "e-1", (), 100.0, 102.0)
    parts = clip_parts(order, clip)
    assert b"".join(part.content for part in parts) == clip.mp4
    assert {(part.clip, part.sha256, part.size, part.parts) for part in parts} == {
        (parts[0].clip, sha256(clip.mp4).hexdigest(), len(clip.mp4), len(parts))
    }
    assert [part.part for part in parts] == list(range(len(parts)))
    assert clip_parts(order, clip) == parts  # made again it has the same ids


def recorded(path: Path, tap: ClipTap, *, seconds: float = 60.0) -> PacketRing[VideoPacket]:
    """Read a clip as a camera's thread does, its pictures captured from second 1000 on."""
    ring: PacketRing[VideoPacket] = PacketRing(RingBounds(seconds=seconds))
    with open_source(str(path)) as source:
        stamper = Stamper(lambda dts: 1000.0 + (dts or 0.0))
        for packet in source.packets():
            if packet.size:
                stamp = stamper.stamp(packet)
                ring.add(Entry(stamp.time, packet.is_keyframe, packet.size, packet))
                tap.packet(stamp.time, ring, source)
        tap.ended(ring, source)
    return ring


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    return write_clip(folder / "gate.mp4", walk(12.0, intruder), gop=20, options={"bf": "2"})


def test_a_piece_of_the_stream_is_what_was_asked_for(walked: Path) -> None:
    tap, taken = ClipTap(), list[Footage]()
    assert tap.want(1003.25, 1007.0, taken.append)
    recorded(walked, tap)
    times = [frame.time for frame in unrolled(taken[0], fps=30, side=1280)]
    assert times == pytest.approx([1003.3 + n / 10 for n in range(38)], abs=0.051)
    assert not tap.waiting


def test_pictures_are_the_ones_of_their_time(tmp_path: Path) -> None:
    walked = write_clip(tmp_path / "gate.mp4", walk(5.0, intruder), gop=20)
    tap, taken = ClipTap(), list[Footage]()
    tap.want(1000.5, 1004.0, taken.append)
    recorded(walked, tap)
    for frame in unrolled(taken[0], fps=30, side=1280):
        there = (np.abs(frame.image.astype(int) - PERSON_BGR).max(axis=2) < 60).any()
        assert there == (frame.time >= 1002.0 - 0.01), frame.time


def test_fewer_and_smaller_pictures(walked: Path) -> None:
    tap, taken = ClipTap(), list[Footage]()
    tap.want(1000.0, 1004.0, taken.append)
    recorded(walked, tap)
    few = list(unrolled(taken[0], fps=2, side=160))
    assert 8 <= len(few) <= 9
    assert {frame.size for frame in few} == {(160, 96)}


def test_a_stream_that_ends_gives_what_there_is(walked: Path) -> None:
    tap, taken = ClipTap(), list[Footage]()
    tap.want(1010.0, 1020.0, taken.append)
    tap.want(2000.0, 2010.0, taken.append)
    recorded(walked, tap)
    assert [len(list(unrolled(piece, fps=30, side=1280))) > 0 for piece in taken] == [False, True]


def test_more_than_a_few_at_once_are_refused() -> None:
    tap = ClipTap()
    assert [tap.want(0.0, 10.0, lambda _footage: None) for _ in range(MOST_WANTED + 1)].count(False) == 1


def test_an_alert_is_followed_by_its_clip(tmp_path: Path, walked: Path) -> None:
    redactor = CoversRed()
    settings = {"clips": {"before_s": 1.5, "after_s": 1.5, "share": 1.0}}
    with cameras({"gate": walked}) as served, Mosquitto(tmp_path) as broker, Central(broker.port) as central:
        config = write_box(tmp_path, {"gate": served.url("gate")}, port=broker.port, settings=settings)
        worker = Worker(load_box(config), tmp_path, Parts(ColorDetector(), redactor, finder=redactor))
        worker.start()
        try:
            assert until(lambda: complete(central.parts), 60)
            assert until(lambda: worker.health().spool.waiting == 0, 20)
            assert until(lambda: clips_of(worker).waiting_bytes == 0, 20)
            health = clips_of(worker)
        finally:
            worker.stop(drain_s=1.0)
    parts = complete(central.parts)
    assert parts
    mp4 = b"".join(part.content for part in parts)
    assert sha256(mp4).hexdigest() == parts[0].sha256
    alert = next(alert for alert in central.arrivals if alert.data.alert_id == parts[0].alert_id)
    assert alert.type.phase is Phase.OPENED
    assert parts[0].seconds == pytest.approx(3.0, abs=0.7)
    assert abs(parts[0].started.timestamp() - (alert.time.timestamp() - 1.5)) < 0.7
    pictures = shown(mp4)
    assert len(pictures) >= 20
    there = [(np.abs(image.astype(int) - PERSON_BGR).max(axis=2) < 60).any() for _, image in pictures]
    assert not there[0]  # before she came
    assert sum(there) >= 10
    assert parts[0].blurred >= sum(there)
    assert redactor.threads == {"clips"}
    assert health.made >= 1
    assert health.failed == 0


def clips_of(worker: Worker) -> ClipHealth:
    health = worker.health().clips
    assert health is not None
    return health


def complete(parts: list[ClipPart]) -> list[ClipPart]:
    """All parts of the first clip that is whole, in order; else none."""
    for name in {part.clip for part in parts}:
        own = {part.part: part for part in parts if part.clip == name}
        if len(own) == next(iter(own.values())).parts:
            return [own[number] for number in sorted(own)]
    return []


def test_a_clip_that_fails_costs_the_alert_nothing(tmp_path: Path, walked: Path) -> None:
    settings = {"clips": {"before_s": 0.5, "after_s": 1.0, "share": 1.0}}
    with Mosquitto(tmp_path) as broker, Central(broker.port) as central:
        config = write_box(tmp_path, {"gate": str(walked)}, port=broker.port, settings=settings)
        worker = Worker(load_box(config), tmp_path, Parts(ColorDetector(), CoversRed(), finder=Fails()))
        worker.start()
        try:
            assert until(lambda: clips_of(worker).failed >= 1, 60)
            assert until(lambda: central.arrivals, 20)
        finally:
            worker.stop(drain_s=1.0)
    assert not central.parts
    assert any(alert.data.evidence is not None for alert in central.arrivals)


def test_a_redacted_clip_is_made_by_redact_alone() -> None:
    clip = make_clip(frames(0.3), CoversRed(), fps=10)
    with pytest.raises(TypeError, match=r"only edge\.redact"):
        RedactedClip(b"", size=(1, 1), span=(0.0, 0.0), pictures=1, counts=clip.counts, door=object())
    with pytest.raises(AttributeError, match="immutable"):
        clip._mp4 = b"raw"
    with pytest.raises(TypeError, match="pickle"):
        clip.__reduce__()


def test_the_loop_has_low_priority(tmp_path: Path, walked: Path) -> None:
    import os

    seen: list[int] = []

    class Looks(CoversRed):
        def find(self, image: Image) -> Regions:
            seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            return super().find(image)

    settings = {"clips": {"before_s": 0.5, "after_s": 1.0, "share": 1.0}}
    config = write_box(tmp_path, {"gate": str(walked)}, port=1, settings=settings)
    worker = Worker(load_box(config), tmp_path, Parts(ColorDetector(), CoversRed(), finder=Looks()))
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    worker.start()
    try:
        assert until(lambda: seen, 60)
    finally:
        began = time.monotonic()
        worker.stop(drain_s=0.1)
    assert min(seen) == min(own + 10, 19)
    assert time.monotonic() - began < 20
