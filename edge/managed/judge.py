"""Whether a box fares worse under a new configuration than before it: pure, time is an argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from messages import CameraState, Health


@dataclass(frozen=True, slots=True)
class Patience:
    """How a new configuration is judged.

    Attributes:
        probation_s: It is watched so long.
        patience_s: A complaint that lasts so long condemns it.
        fps_share: A camera may bring this share of the pictures that it brought before.
        busy: Detector's load from which on the box counts as overloaded.
        strangers: Share of the cameras that it did not touch, at least two, that must complain for it to be
            its fault: one that fails by itself is no reason to take a configuration back.
        starts: A worker that starts more often than this under it crashes because of it.
    """

    probation_s: float = 600.0
    patience_s: float = 60.0
    fps_share: float = 0.5
    busy: float = 0.97
    strangers: float = 0.25
    starts: int = 2


class Before(Struct, frozen=True, kw_only=True):
    """How the box was when the configuration came.

    Attributes:
        cameras: Those that streamed, with their pictures a second.
        load: Share of the time that the detector was at work.
    """

    cameras: dict[str, float] = {}
    load: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """How the box was at a moment under the new configuration.

    Attributes:
        at_s: Seconds under it.
        health: What it said of itself.
        connected: Whether a broker was connected.
    """

    at_s: float
    health: Health
    connected: bool


class Word(StrEnum):
    """What is to become of the configuration."""

    WATCH = "watch"
    GOOD = "good"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word and, for `BACK`, its reason."""

    word: Word
    reason: str = ""


def before(health: Health | None) -> Before:
    """What to compare with."""
    if health is None:
        return Before()
    streaming = (each for each in health.cameras if each.state is CameraState.STREAMING)
    return Before(cameras={each.camera: each.fps for each in streaming}, load=health.detect_load)


def judge(
    was: Before, touched: frozenset[str], seen: Sequence[Seen], patience: Patience, *, moved: bool = False
) -> Verdict:
    """What is to become of a configuration.

    Args:
        was: How the box was.
        touched: Cameras that are watched otherwise since, or are new.
        seen: How it has been since, oldest first.
        patience: How to judge.
        moved: Whether it goes to another broker since.
    """
    if not seen:
        return Verdict(Word.WATCH)
    heard = [complaints(was, touched, each, patience, moved=moved) for each in seen]
    for key, text in heard[-1].items():
        if seen[-1].at_s - _since(key, seen, heard) >= patience.patience_s:
            return Verdict(Word.BACK, text)
    if seen[-1].at_s >= patience.probation_s and not heard[-1]:
        return Verdict(Word.GOOD)
    return Verdict(Word.WATCH)


def _since(key: str, seen: Sequence[Seen], heard: Sequence[Mapping[str, str]]) -> float:
    """When a complaint that is heard now began."""
    began = seen[-1].at_s
    for each, said in zip(reversed(seen), reversed(heard), strict=True):
        if key not in said:
            break
        began = each.at_s
    return began


def complaints(
    was: Before, touched: frozenset[str], seen: Seen, patience: Patience, *, moved: bool = False
) -> dict[str, str]:
    """What is worse than before: a key that stays the same while it lasts, and words."""
    found: dict[str, str] = {}
    strangers: dict[str, str] = {}
    for camera in seen.health.cameras:
        name, fps = camera.camera, was.cameras.get(camera.camera)
        if fps is None and name not in touched:
            continue  # it was away before, too
        told = found if name in touched else strangers
        if camera.state is not CameraState.STREAMING:
            told[name] = f"camera {name}: {camera.reason or 'does not stream'}"
        elif fps is not None and camera.fps < patience.fps_share * fps:
            told[name] = f"camera {name}: {camera.fps:.1f} pictures a second instead of {fps:.1f}"
    most = max(2.0, patience.strangers * len(was.cameras.keys() - touched))
    if len(strangers) >= most:
        found["cameras"] = f"{len(strangers)} cameras that it does not touch are worse: " + "; ".join(
            list(strangers.values())[:3]
        )
    if moved and not seen.connected:
        found["broker"] = "the broker that it names cannot be reached"
    if seen.health.detect_load >= patience.busy > was.load + 0.1:
        found["load"] = f"the box is overloaded: {seen.health.detect_load:.0%} busy instead of {was.load:.0%}"
    return found
