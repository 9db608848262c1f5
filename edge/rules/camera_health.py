"""camera_health: offline, or a picture that is frozen, covered, dark, defocused or of another view."""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import PERSON, VEHICLES
from edge.detect.detections import Boxes
from edge.gate.luma import Luma
from edge.rule_config import CameraHealth
from edge.rules.episode import Episode, Reading, Stage, Times
from edge.rules.ground_plan import of_classes
from edge.rules.place_rule import RuleState, version_of
from edge.rules.scene import Scene, Transition
from edge.vision.life import Life
from edge.vision.optics import Finding, Optics, OpticsPolicy
from edge.vision.structure import GRID, structure_of
from messages import Fault, Kind

PERIOD_S: Final = 0.5
"""Pictures are held against the one before this often ..."""

OPTICS_S: Final = 1.0
"""... and against what the camera usually shows this often."""

_FILLED: Final = 0.4
"""Share of the picture that known objects must cover for a strange view to be theirs."""

_TICK = 0.02


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What is known of a camera's stream at a moment, besides its pictures.

    Attributes:
        down_s: Seconds without any picture; 0 while it runs.
        drift: Rate of the camera's clock against the box's, minus one; None while unknown.
    """

    down_s: float = 0.0
    drift: float | None = None


class CameraHealthRule:
    """One episode for all faults of a camera; which one it is, each transition says.

    Args:
        rule: Parameters.
        camera: The camera's id.
    """

    kind: Final = Kind.CAMERA_HEALTH

    def __init__(self, rule: CameraHealth, camera: str) -> None:
        self.zone = view_zone(camera)
        self.version = version_of(self.kind, rule.model_dump(mode="json"), camera)
        self._rule = rule
        self._episode = Episode(
            self.kind,
            self.zone,
            Times(clear_s=rule.clear_s, rejoin_s=rule.rejoin_s, update_s=rule.update_s),
        )
        self._begin()
        self._examined: float | None = None
        self._compared: float | None = None
        self._finding: Finding | None = None
        self._drift: float | None = None

    def _begin(self) -> None:
        rule = self._rule
        self._life = Life(rule.frozen_s, rule.still_s)
        self._optics = Optics(
            OpticsPolicy(
                hold_s=rule.hold_s,
                replaced_s=1.5 * rule.hold_s,
                gone_s=2.0 * rule.hold_s,
                accept_s=rule.accept_s,
                presets=rule.presets,
                covered=rule.covered_share,
                sharpness=rule.sharpness,
                shift=rule.shift,
            )
        )

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One picture. Without `Scene.view` nothing is learned from it."""
        early = self._examined is not None and 0 <= now - self._examined < PERIOD_S - _TICK
        if scene.view is None or early:
            return []
        self._examined = now
        fine = scene.view.fine
        frozen = self._life.observe(fine, now) if self._watches(Fault.FROZEN) else None
        seen = self._seen(scene, fine, now)
        if frozen is not None:
            return self._tell(Fault.FROZEN, frozen, now)
        if seen is not None and self._watches(seen.fault):
            return self._tell(seen.fault, seen.since, now)
        if self._drifts():
            return self._tell(Fault.CLOCK_DRIFT, now, now)
        if not self._optics.knows and self._episode.state.stage is Stage.OPEN:
            return []  # the worker began anew and cannot yet say that the picture is well
        return self._episode.observe(Reading(), now)

    def _seen(self, scene: Scene, fine: Luma, now: float) -> Finding | None:
        if self._compared is None or not 0 <= now - self._compared < OPTICS_S - _TICK:
            self._compared = now
            boxes = _known(scene)
            self._finding = self._optics.observe(
                structure_of(fine),
                now,
                filled=_filled(boxes, scene.size),
                visible=_visible(boxes, scene.size),
            )
        return self._finding

    def report(self, stream: StreamReport, now: float) -> list[Transition]:
        """What the runner knows of the stream, told about once a second, with or without pictures."""
        self._drift = stream.drift
        if stream.down_s < self._rule.offline_s or not self._watches(Fault.OFFLINE):
            return []
        return self._tell(Fault.OFFLINE, now - stream.down_s, now)

    def rest(self, now: float) -> list[Transition]:
        """One look at which the rule is off."""
        return self._episode.observe(Reading(), now)

    def state(self) -> RuleState:
        """What is remembered across restarts: the episode, and how the view's edges run; no picture."""
        return RuleState(self._episode.state, view=self._optics.keepsake)

    def restore(self, state: RuleState) -> None:
        """Go on from what was remembered."""
        self._episode.state = state.episode
        self._optics.remember(state.view)

    def _watches(self, fault: Fault) -> bool:
        return fault not in self._rule.ignore

    def _drifts(self) -> bool:
        limit = self._rule.drift
        return self._drift is not None and abs(self._drift) > limit and self._watches(Fault.CLOCK_DRIFT)

    def _tell(self, fault: Fault, since: float, now: float) -> list[Transition]:
        reading = Reading(active=True, count=1, confidence=1.0, since=since, fault=fault)
        return self._episode.observe(reading, now)


def _known(scene: Scene) -> Boxes:
    """Where vehicles and persons are: M x 4 pixels, clipped to the picture."""
    tracks = scene.tracks
    known = of_classes(tracks, PERSON | VEHICLES)
    limits = np.array([*scene.size, *scene.size], np.float32)
    return np.asarray(np.clip(tracks.boxes[known], 0, limits), np.float32)


def _filled(boxes: Boxes, size: tuple[int, int]) -> bool:
    """Whether they cover much of the picture."""
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return float(areas.sum()) >= _FILLED * size[0] * size[1]


def _visible(boxes: Boxes, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which blocks of the picture none of them hides, 6 x 8: what may drive off is no part of the view."""
    visible = np.ones((GRID[1], GRID[0]), np.bool_)
    scale = np.array([GRID[0] / size[0], GRID[1] / size[1]] * 2)
    for x1, y1, x2, y2 in (boxes * scale).tolist():
        visible[int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))] = False
    return visible


def view_zone(camera: str) -> str:
    """The zone id of a camera's view: episodes are keyed on place and zone, and cameras may share a place."""
    whole = f"view-{camera}"
    return whole if len(whole) <= 64 else f"view-{hashlib.sha256(camera.encode()).hexdigest()[:16]}"
