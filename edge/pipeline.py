"""One camera's way from a picture to what changed at its places: the same code live and in replay."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from edge.config import Camera
from edge.detect.coco import PERSON, VEHICLES
from edge.detect.detections import Detections
from edge.frame import Frame
from edge.memory import Memory, Saver, ended, recall, remembered
from edge.rules.camera_health import StreamReport
from edge.rules.place_rule import PlaceRule, RuleState
from edge.rules.registry import build_health, build_rules
from edge.rules.scene import Scene, Tracks, Transition
from edge.track.tracker import Tracker
from edge.vision.scenery import Scenery
from edge.vision.view import View


@dataclass(frozen=True, slots=True)
class Change:
    """A transition and the rule that made it.

    Attributes:
        transition: What changed.
        rule_version: Hash of the rule's parameters.
        memory: What the rule remembers after it; None when the same rule says more in this look.
    """

    transition: Transition
    rule_version: str
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One picture that went through detector, tracker and rules.

    Attributes:
        frame: The picture.
        detections: What the detector found in it.
        scene: What the rules saw.
        changes: What they said.
        memories: What is worth writing down even though nothing changed.
        kept: Whether the camera rested when the picture was taken: it came with the next keyframe.
    """

    frame: Frame
    detections: Detections
    scene: Scene
    changes: tuple[Change, ...]
    memories: tuple[Memory, ...] = ()
    kept: bool = False


class CameraPipeline:
    """Tracker and rules of one camera. Looks come in the order of their capture; no clock is read.

    Args:
        camera: The camera's configuration.
        timezone: In which hours of rules are meant.
        score: Least score with which an object counts; the detector may hand over weaker ones, which only
            continue tracks.
        holidays: Days that count as ``holiday`` in hours of rules.
    """

    def __init__(
        self, camera: Camera, timezone: ZoneInfo, *, score: float, holidays: Iterable[date] = ()
    ) -> None:
        self._health = build_health(camera)
        self._rules: tuple[PlaceRule, ...] = (*build_rules(camera, timezone, holidays), self._health)
        self._camera = camera.id
        self._saver = Saver(camera.id)
        self._score = score
        self._classes = (PERSON | VEHICLES).union(*(rule.classes for rule in camera.rules))
        self._size: tuple[int, int] | None = None
        self._tracker = Tracker(score=score, classes=self._classes)
        self._scenery = Scenery()

    def look(self, frame: Frame, detections: Detections) -> Look:
        """Take the next picture of this camera into account.

        Args:
            frame: The picture; its time is when it was captured.
            detections: Objects in it, pixels of the full picture.
        """
        if self._size is not None and frame.size != self._size:
            # Tracks are in pixels: none of them means anything in a picture of another size.
            self._tracker = Tracker(score=self._score, classes=self._classes)
            self._scenery = Scenery()
        self._size = frame.size
        view = View(frame)
        scene = Scene(frame.size, self._tracks(frame, detections, view), view)
        changes = tuple(
            change for rule in self._rules for change in self._changes(rule, rule.observe(scene, frame.time))
        )
        memories = self._saver.due(self._rules, frame.time)
        return Look(frame, detections, scene, changes, memories)

    def _tracks(self, frame: Frame, detections: Detections, view: View) -> Tracks:
        """Who and what is there, without what always was."""
        tracks = self._tracker.update(detections, frame.time)
        sure = detections.boxes[detections.scores >= self._score]
        return self._scenery.leave_out(tracks, sure, view, frame.size, frame.time)

    def report(self, stream: StreamReport, now: float) -> tuple[Change, ...]:
        """What the camera's stream does, told about once a second, with or without pictures.

        Args:
            stream: Its state.
            now: Unix seconds.
        """
        return tuple(self._changes(self._health, self._health.report(stream, now)))

    def restore(self, memories: Iterable[Memory]) -> tuple[Change, ...]:
        """Go on from what an earlier run remembered; before the first look.

        Args:
            memories: Of all cameras or of this one.

        Returns:
            The closes of episodes whose rule is no longer configured.
        """
        rules = {(rule.kind, rule.zone): rule for rule in self._rules}
        orphans: list[Change] = []
        for memory in memories:
            state = recall(memory) if memory.camera == self._camera else None
            rule = rules.get((memory.kind, memory.target))
            if state is not None and rule is not None:
                rule.restore(state)
            elif state is not None:
                orphans += _closes(memory, state)
        return tuple(orphans)

    def memories(self) -> tuple[Memory, ...]:
        """All that its rules remember, for a pipeline that takes its place."""
        return tuple(remembered(self._camera, rule) for rule in self._rules)

    def orphans(self) -> tuple[Change, ...]:
        """The closes of its open episodes, for a camera that is watched no more."""
        states = ((memory, recall(memory)) for memory in self.memories())
        return tuple(change for memory, state in states if state for change in _closes(memory, state))

    def _changes(self, rule: PlaceRule, said: Sequence[Transition]) -> list[Change]:
        changes = [Change(transition, rule.version) for transition in said]
        if changes:
            changes[-1] = replace(changes[-1], memory=remembered(self._camera, rule))
        return changes


def _closes(memory: Memory, state: RuleState) -> list[Change]:
    """The close of an episode that no rule goes on with, if it was open."""
    close = ended(memory, state)
    return [] if close is None else [Change(close, "removed", replace(memory, state=None))]


def detector_score(score: float) -> float:
    """Least score to ask of the detector so that objects that count from ``score`` on are tracked well.

    The tracker continues tracks with detections of half the score (see `edge.track.tracker`).
    """
    return score / 2
