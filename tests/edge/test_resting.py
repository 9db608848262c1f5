"""A camera at rest is read in batches: few awakenings, no packet lost, nothing late by more than a batch."""

from pathlib import Path
from threading import Event

from edge.config import Camera
from edge.gate.gears import GearBox
from edge.ingest.geared import Sample
from edge.ingest.reader import REST_S, CameraReader
from edge.ingest.status import CameraStatus
from messages import CameraGear
from placewatch.clock import ManualClock
from tests.edge.clips import picture, write_clip

FPS, SECONDS = 20, 12


class Sleeps(Event):
    """A stop that comes when a clip has been played; to wait for it moves the clock and is counted."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self.clock = clock
        self.at: list[tuple[float, float]] = []

    def wait(self, timeout: float | None = None) -> bool:
        if timeout:
            self.at.append((self.clock.now(), timeout))
            self.clock.set(self.clock.now() + timeout)
        if self.clock.now() > SECONDS + 0.5:
            self.set()
        return self.is_set()


def test_a_camera_at_rest_wakes_its_thread_a_few_times_a_second(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "still.mp4", (picture() for _ in range(FPS * SECONDS)), fps=FPS)
    clock = ManualClock(100.0)
    clock.set(0.001)
    sleeps, samples = Sleeps(clock), list[tuple[float, Sample]]()
    status = CameraStatus("gate", "school", 5.0, clock)
    reader = CameraReader(
        Camera(id="gate", url=str(clip), place="school"),
        5.0,
        lambda sample: samples.append((clock.now(), sample)),
        status,
        clock,
        random=lambda: 0.0,
        gears=GearBox(),
    )
    reader.run(sleeps)
    health = status.health(dropped=0)
    assert health.gear is CameraGear.IDLE
    assert health.frames_decoded + health.frames_skipped >= FPS * (SECONDS - 2)
    rested = [at for at, seconds in sleeps.at if seconds >= REST_S]
    begun = rested[0]
    assert begun < SECONDS / 2
    awakenings = sum(at >= begun for at, _ in sleeps.at)
    assert awakenings <= 1.2 * (SECONDS - begun) / REST_S
    late = max(seen - sample.frame.time for seen, sample in samples)
    assert late <= REST_S + 2 / FPS
