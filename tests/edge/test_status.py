"""What health says of one camera."""

import pytest

from edge.ingest.status import CameraStatus, overload
from messages import CameraState


class Clock:
    """Time by hand."""

    time = 100.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


@pytest.mark.parametrize(
    ("looks", "missed", "load", "told"),
    [
        (5.0, 0.0, 0.99, ""),
        (5.0, 0.4, 0.99, ""),
        (2.0, 3.0, 0.99, "2.0 looks a second instead of 5.0"),
        (0.5, 4.5, 0.9, "0.5 looks a second instead of 5.0"),
        (2.0, 3.0, 0.3, ""),
        (0.0, 0.0, 1.0, ""),
    ],
)
def test_an_overloaded_box_says_so(looks: float, missed: float, load: float, told: str) -> None:
    assert told in overload(looks, missed, load)
    assert bool(overload(looks, missed, load)) is bool(told)


def test_overload_is_told_while_it_lasts_beside_other_remarks() -> None:
    clock = Clock()
    status = CameraStatus("gate", "school", 10.0, clock)
    status.turn(CameraState.STREAMING)
    status.remark("times", "its timestamps jump")
    for _ in range(20):
        status.detected()
    clock.time += 10.0
    status.alive(clock.time)
    reason = status.health(dropped=30, load=0.98).reason
    assert reason.startswith("its timestamps jump; the box is overloaded: 2.0 looks a second instead of 5.0")
    for _ in range(50):
        status.detected()
    clock.time += 10.0
    status.alive(clock.time)
    status.remark("times", "")
    assert status.health(dropped=30, load=0.98).reason == ""
