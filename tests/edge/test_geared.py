"""One stream in two gears: what an idle camera looks at, and what it brings when it wakes."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from edge.gate.gears import Gear, GearBox, GearPolicy
from edge.gate.motion import MotionDetector
from edge.gate.relief import Place, Relief, ReliefPolicy
from edge.ingest.decode import Decoder
from edge.ingest.geared import GearedStream, Sample, Stirs
from edge.ingest.source import open_source
from edge.ingest.stamps import Stamper
from placewatch.clock import ManualClock
from tests.edge.clips import Things, walk, write_clip

Verdict = Callable[[Sample], str]


def visitor(t: float) -> Things:
    """A person in the middle from 6.3 s to 8 s."""
    return ((150, 80, 174, 150) if 6.3 <= t < 8.0 else None), None


def clip(tmp_path: Path, *, gop: int = 10, options: dict[str, str] | None = None) -> Path:
    return write_clip(tmp_path / "clip.mp4", walk(16.0, visitor), gop=gop, options=options)


def moving(sample: Sample) -> str:
    """Wakes at whatever moves."""
    return "motion" if sample.motion is not None and sample.motion.moving.any() else ""


def samples(path: Path, verdict: Verdict = moving, policy: GearPolicy | None = None) -> list[Sample]:
    """All samples; what wakes is told at once, as in replay."""
    stirs, found = Stirs(), []
    with open_source(str(path)) as source:
        gears = GearBox(policy or GearPolicy(calm_s=2.0))
        stream = GearedStream(Decoder(source, loop_filter=False), gears, stirs, 5.0, MotionDetector())
        origin: list[float] = []

        def place(dts: float | None) -> float:
            time = dts or 0.0
            origin[:] = origin or [time]
            return time - origin[0]

        stamper = Stamper(place)
        for packet in source.packets():
            fed = stream.feed(packet, stamper.stamp(packet)) if packet.size else stream.flush()
            for sample in fed:
                if why := verdict(sample):
                    stirs.stir(sample.frame.time, why)
                found.append(sample)
    return found


@pytest.mark.parametrize("options", [None, {"bf": "2"}])
def test_a_quiet_camera_costs_keyframes_and_wakes_for_the_whole_gop(
    tmp_path: Path, options: dict[str, str] | None
) -> None:
    found = samples(clip(tmp_path, options=options))
    idle = [sample.frame.time for sample in found if sample.gear is Gear.IDLE]
    awake = [sample.frame.time for sample in found if sample.gear is Gear.AWAKE]
    early = 0.0 if options is None else 0.2  # pictures of a stream with B-frames count from their packets
    assert all(time + early == pytest.approx(round(time + early), abs=0.02) for time in idle), "keyframes"
    assert {round(time + early) for time in idle} >= {4, 5, 6, 7, 12, 13, 14}
    # The keyframe at 7 s showed the visitor: what followed the one at 6 s is looked at in retrospect.
    retrospect = [sample for sample in found if sample.gear is Gear.AWAKE and sample.kept]
    burst = [round(sample.frame.time + early, 1) for sample in retrospect if sample.frame.time > 5.0]
    assert burst[:4] == [6.2, 6.4, 6.6, 6.8]
    assert burst[-1] in {6.8, 7.0}
    assert {round(time + early, 1) for time in awake} >= {7.2, 7.4, 7.6, 8.0}
    times = [sample.frame.time for sample in found if sample.gear is Gear.AWAKE]
    assert all(later > earlier for earlier, later in pairwise(times))


def test_a_camera_whose_gate_is_off_never_rests(tmp_path: Path) -> None:
    found = samples(clip(tmp_path), policy=GearPolicy(gate=False))
    assert {sample.gear for sample in found} == {Gear.AWAKE}
    assert len(found) == 80
    assert not any(sample.kept for sample in found)


def test_rare_keyframes_keep_it_awake(tmp_path: Path) -> None:
    found = samples(clip(tmp_path, gop=60))
    assert {sample.gear for sample in found} == {Gear.AWAKE}
    assert len(found) == 80


def test_news_that_come_late_still_bring_what_came_before(tmp_path: Path) -> None:
    """Live, the detector's side may be busy: two keyframes later the burst begins where it should."""
    late: list[tuple[float, str]] = []

    def verdict(sample: Sample) -> str:
        if sample.gear is Gear.IDLE and moving(sample):
            late.append((sample.frame.time, "motion"))
        return ""

    stirs = Stirs()
    found: list[Sample] = []
    with open_source(str(clip(tmp_path))) as source:
        stream = GearedStream(Decoder(source), GearBox(), stirs, 5.0, MotionDetector())
        stamper = Stamper(lambda dts: dts or 0.0)
        for packet in source.packets():
            if not packet.size:
                break
            stamp = stamper.stamp(packet)
            if late and stamp.time >= late[0][0] + 1.5:
                stirs.stir(*late[0])
                late.clear()
            for sample in stream.feed(packet, stamp):
                verdict(sample)
                found.append(sample)
    burst = [round(sample.frame.time, 1) for sample in found if sample.kept and sample.gear is Gear.AWAKE]
    assert burst[0] == pytest.approx(6.2)
    assert burst[-1] >= 8.4


def test_of_a_camera_that_the_box_has_no_time_for_a_first_part_is_seen(tmp_path: Path) -> None:
    relief = Relief(ReliefPolicy(first=1.0, grow_s=1e9))
    assert relief.asks("another", 0.0, 0.0, 0.0)
    found: list[Sample] = []
    with open_source(str(clip(tmp_path))) as source:
        place = Place(relief, "camera", ManualClock())
        stream = GearedStream(
            Decoder(source), GearBox(GearPolicy(gate=False)), Stirs(), 5.0, MotionDetector(), place=place
        )
        stamper = Stamper(lambda dts: dts or 0.0)
        for packet in source.packets():
            if packet.size and stamper.index == 105:
                assert stream.spared
                assert stream.skipped > 30
                relief.leaves("another")
            found += stream.feed(packet, stamper.stamp(packet)) if packet.size else stream.flush()
    assert not stream.spared
    seconds = [round(sample.frame.time, 1) for sample in found]
    assert [time for time in seconds if 5.0 <= time < 7.0] == [5.0, 5.2, 5.4, 6.0, 6.2, 6.4], "half of each"
    assert [time for time in seconds if 11.0 <= time < 12.0] == [11.0, 11.2, 11.4, 11.6, 11.8], "and then all"


def test_a_camera_of_which_a_part_is_seen_comes_to_rest(tmp_path: Path) -> None:
    relief = Relief(ReliefPolicy(first=1.0, grow_s=1e9))
    assert relief.asks("another", 0.0, 0.0, 0.0)
    stirs = Stirs()
    awake: dict[float, bool] = {}
    with open_source(str(clip(tmp_path))) as source:
        gears = GearBox(GearPolicy(calm_s=1.0))
        place = Place(relief, "camera", ManualClock())
        stream = GearedStream(Decoder(source), gears, stirs, 5.0, MotionDetector(), place=place)
        stamper = Stamper(lambda dts: dts or 0.0)
        for packet in source.packets():
            for sample in stream.feed(packet, stamper.stamp(packet)) if packet.size else stream.flush():
                if moving(sample):
                    stirs.stir(sample.frame.time, "motion")
            awake[round(stream.time, 1)] = gears.gear is Gear.AWAKE
    assert not awake[6.0]
    assert awake[7.4], "the visitor wakes it"
    assert not awake[13.0], "nothing is there any more"


def test_what_changed_in_a_picture_that_nobody_looked_at_is_not_forgotten(tmp_path: Path) -> None:
    found = [sample for sample in samples(clip(tmp_path)) if sample.gear is Gear.AWAKE]
    changed = [sample for sample in found if sample.motion is not None and sample.motion.changed.any()]
    older, newer = changed[0], found[-1]
    merged = newer.instead_of(older)
    assert merged.frame is newer.frame
    assert merged.motion is not None
    assert older.motion is not None
    assert (merged.motion.changed >= older.motion.changed).all()
