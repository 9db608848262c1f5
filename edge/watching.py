"""How a camera is watched, from the box's configuration: the same live and in replay."""

from zoneinfo import ZoneInfo

from edge.config import BoxConfig, Camera
from edge.detect.coco import PERSON, VEHICLES
from edge.detect.registry import Detector
from edge.eye import Eye, Stir
from edge.gate.attention import AttentionPolicy
from edge.gate.gears import GearBox, GearPolicy
from edge.gate.looks import LookPolicy
from edge.gate.motion import MotionDetector
from edge.gate.nuisance import KnownNuisance, NuisancePolicy
from edge.gate.ring import RingBounds
from edge.ingest.hardware import Hardware
from edge.pipeline import CameraPipeline
from edge.rounds import CanvasDetector

ASKING_S = 2.0
"""From a picture's capture until its alert asks for a clip."""

ENLARGED = 1.115
"""Regions are shown this much larger than in a whole look: what a crowded canvas costs in certainty comes
back with resolution (464 on canvases of 416, by `scripts/measure_packing.py`)."""


def whole_looks(config: BoxConfig) -> bool:
    """Whether every look shows one whole picture: nothing rests, nothing is shared."""
    return config.detector.looks == "full"


def canvas_detector(config: BoxConfig, detector: Detector) -> CanvasDetector:
    """The detector as all cameras share it."""
    return CanvasDetector.of(detector, config.detector.input_size)


def looks_per_s(config: BoxConfig, camera: Camera) -> float:
    """How often the camera is looked at while it is awake, if the box has the time."""
    return camera.fps or config.detector.fps


def hardware(config: BoxConfig) -> Hardware | None:
    """What decodes; None for software."""
    decode = config.decode
    return None if decode.hardware == "none" else Hardware(decode.hardware, decode.device)


def gear_box(config: BoxConfig, camera: Camera) -> GearBox:
    """The camera's gear box."""
    gate = config.gate
    may_rest = camera.gate and not whole_looks(config)
    return GearBox(GearPolicy(calm_s=gate.calm_s, max_quiet_gap_s=gate.max_quiet_gap_s, gate=may_rest))


def motion_detector(config: BoxConfig) -> MotionDetector | None:
    """What finds motion in one camera; None where pictures are looked at whole."""
    return None if whole_looks(config) else MotionDetector()


def ring_bounds(config: BoxConfig) -> RingBounds:
    """How many packets of each camera are kept: what a clip needs, and the time until it is asked for."""
    clips = config.clips
    asked_s = clips.before_s + clips.after_s + ASKING_S if clips.make else 0.0
    return RingBounds(seconds=max(RingBounds().seconds, asked_s))


def eye(config: BoxConfig, camera: Camera, stir: Stir, side: int, now: float) -> Eye:
    """What the detector's side knows of the camera.

    Args:
        config: The box.
        camera: One of its cameras.
        stir: Wakes it.
        side: Longer side of a whole picture on a canvas, pixels.
        now: The steady clock.
    """
    pipeline = CameraPipeline(
        camera, ZoneInfo(config.timezone), score=config.detector.score, holidays=config.holidays
    )
    rate = looks_per_s(config, camera)
    schedule = LookPolicy(fps=rate, floor_s=1.0 / min(rate, config.detector.floor_fps))
    classes = (PERSON | VEHICLES).union(*(rule.classes for rule in camera.rules))
    known = tuple(KnownNuisance(area.polygon, area.usual) for area in camera.nuisance)
    side = round(side * ENLARGED)
    policy = AttentionPolicy(side=side, classes=classes, nuisance=NuisancePolicy(known=known))
    return Eye(camera.id, pipeline, stir, policy=policy, schedule=schedule, now=now)
