"""What rules cost per look: every kind once on one camera, and each class of places with its default rules.

Rules that look at pictures (camera_health, abandoned_object, road_obstacle) do so once or twice a second, on
a picture with a sensor's noise: of five looks a second some cost more, so the mean is the figure to go by.

Twenty objects move. No camera has every kind; what one has is told by class (``--by-class``).

Example: python -m scripts.measure_rules --looks 500 --by-class
"""

import argparse
import json
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from edge.config import Camera
from edge.gate.luma import Luma
from edge.place_defaults import load_rule_table
from edge.rules.place_rule import PlaceRule
from edge.rules.registry import build_health, build_rules
from edge.rules.scene import Scene, Tracks
from edge.vision.view import View
from messages import Kind, PlaceClass
from scripts.grey import Grey

SIZE = (1280, 720)
WHOLE = [[0.05, 0.1], [0.5, 0.05], [0.95, 0.1], [0.97, 0.95], [0.5, 0.98], [0.03, 0.95]]
IN_ZONES = (
    "perimeter_intrusion", "no_stopping", "stopped_vehicle", "fire_lane_blocked", "exit_blocked",
    "ebike_indoors", "water_edge", "pedestrian_on_carriageway",
)  # fmt: skip
STILL = ("abandoned_object", "road_obstacle")
PERSON, BICYCLE, CAR = 0, 1, 2
FPS = 5.0


def busy_camera() -> Camera:
    """Every kind once, each with a zone of its own that holds nearly everything."""
    zones = [
        {"id": name, "polygon": WHOLE, "arrow": [[0.1, 0.5], [0.9, 0.5]], "area_m2": 200.0}
        for name in (*IN_ZONES, *STILL, "wrong", "crowd")
    ]
    rules: list[dict[str, object]] = [{"kind": name, "zone": name} for name in (*IN_ZONES, *STILL)]
    rules += [
        {"kind": "line_crossing", "line": "across"},
        {"kind": "wrong_way", "zone": "wrong"},
        {"kind": "crowd_density", "zone": "crowd", "limit_per_m2": 2.0},
    ]
    return Camera.model_validate(
        {
            "id": "busy",
            "url": "rtsp://127.0.0.1/busy",
            "place": "square",
            "zones": zones,
            "lines": [{"id": "across", "points": [[0.1, 0.5], [0.9, 0.5]]}],
            "rules": rules,
        }
    )


def looks(number: int, objects: int) -> list[Scene]:
    """Objects that walk, ride, drive and park; one in twenty is not found in a look."""
    rng = np.random.default_rng(0)
    classes = rng.choice([PERSON, BICYCLE, CAR], objects, p=[0.5, 0.1, 0.4]).astype(np.int32)
    extent = np.array([(34, 88), (60, 66), (160, 88)], np.float64)[classes]
    place = rng.uniform((140, 200), (1140, 670), (objects, 2))
    speed = rng.normal(0, 8, (objects, 2)) * (rng.random(objects) < 0.6)[:, None]
    pictures = street(rng)
    scenes = []
    for look in range(number):
        place = place + speed
        out = (place < (100, 160)) | (place > (1170, 680))
        speed = np.where(out, -speed, speed)
        feet = place + rng.normal(0, 1.0, place.shape)
        boxes = np.column_stack((feet - extent * (0.5, 1.0), feet + extent * (0.5, 0.0)))
        tracks = Tracks(
            ids=np.arange(objects),
            boxes=boxes.astype(np.float32),
            scores=np.full(objects, 0.7, np.float32),
            classes=classes,
            seen=rng.random(objects) > 0.05,
            born=np.zeros(objects),
        )
        scenes.append(Scene(SIZE, tracks, View(Grey(pictures[look % len(pictures)]))))
    return scenes


def street(rng: np.random.Generator) -> list[Luma]:
    """A picture with structure, as a sensor shows it at different moments."""
    blocks = rng.uniform(30, 220, (45, 80)).astype(np.float32)
    scene = np.asarray(cv2.resize(blocks, SIZE, interpolation=cv2.INTER_CUBIC), np.float32)
    return [np.asarray(np.clip(scene + rng.normal(0, 2, scene.shape), 0, 255), np.uint8) for _ in range(5)]


def usual_camera(place_class: PlaceClass) -> Camera:
    """What an installer gets who draws one zone and one line: every default rule of the class."""
    rules = [
        {**entry, **({"line": "across"} if kind is Kind.LINE_CROSSING else {"zone": "all"})}
        for kind, entry in load_rule_table().entries(place_class).items()
        if kind is not Kind.CAMERA_HEALTH
    ]
    zone = {"id": "all", "polygon": WHOLE, "arrow": [[0.1, 0.5], [0.9, 0.5]], "area_m2": 200.0}
    return Camera.model_validate(
        {
            "id": "usual",
            "url": "rtsp://127.0.0.1/usual",
            "place": "place",
            "zones": [zone],
            "lines": [{"id": "across", "points": [[0.1, 0.5], [0.9, 0.5]]}],
            "rules": rules,
        }
    )


def rules_of(camera: Camera) -> list[PlaceRule]:
    """Its rules, the one about the camera itself last."""
    return [*build_rules(camera, ZoneInfo("Asia/Shanghai")), build_health(camera)]


def measure(rules: list[PlaceRule], scenes: list[Scene]) -> dict[str, float]:
    """Milliseconds of processor time per look of all together, without the first looks, which learn."""
    took = np.zeros(len(scenes))
    for number, scene in enumerate(scenes):
        began = time.thread_time()
        for rule in rules:
            rule.observe(scene, number / FPS)
        took[number] = time.thread_time() - began
    settled = took[len(took) // 5 :] * 1000
    figures = {
        "mean_ms": settled.mean(),
        "median_ms": np.median(settled),
        "p95_ms": np.percentile(settled, 95),
    }
    return {name: round(float(value), 4) for name, value in figures.items()}


def by_kind(rules: list[PlaceRule], scenes: list[Scene]) -> dict[str, float]:
    """Mean milliseconds of each; what rules share is counted for the first that asks for it."""
    spent = np.zeros(len(rules))
    for number, scene in enumerate(scenes):
        for index, rule in enumerate(rules):
            began = time.thread_time()
            rule.observe(scene, number / FPS)
            spent[index] += time.thread_time() - began
    each = zip(rules, 1000 * spent / len(scenes), strict=True)
    return {rule.kind.value: round(float(took), 4) for rule, took in each}


def several(camera: Camera, scenes: Callable[[], list[Scene]], runs: int) -> dict[str, object]:
    """Medians of runs, and their means."""
    each = [measure(rules_of(camera), scenes()) for _ in range(runs)]
    figures: dict[str, object] = {
        name: round(float(np.median([run[name] for run in each])), 4) for name in each[0]
    }
    figures["runs_mean_ms"] = [run["mean_ms"] for run in each]
    return figures


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--looks", type=int, default=500)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--by-class", action="store_true", help="default rules of each class of places, too")
    parser.add_argument("--runs", type=int, default=5, help="of which the median is told (%(default)s)")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)

    def scenes() -> list[Scene]:
        return looks(arguments.looks, arguments.objects)

    figures = several(busy_camera(), scenes, arguments.runs)
    figures["by_kind_ms"] = by_kind(rules_of(busy_camera()), scenes())
    if arguments.by_class:
        figures["by_class"] = {
            each.value: several(usual_camera(each), scenes, arguments.runs) for each in PlaceClass
        }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
