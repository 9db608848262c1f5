"""What all rules together cost per look: every zone and line rule on one camera, twenty objects that move.

The rule about the camera itself, which looks at pictures, is measured beside them: of five looks a second it
takes two to see whether the picture lives, and one to hold against what the camera usually shows.

Example: python -m scripts.measure_rules --looks 500
"""

import argparse
import json
import time
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from edge.config import Camera
from edge.rules.place_rule import PlaceRule
from edge.rules.registry import build_health, build_rules
from edge.rules.scene import Scene, Tracks
from edge.vision.view import View
from scripts.grey import Grey

SIZE = (1920, 1080)
HD = (1280, 720)
WHOLE = [[0.05, 0.1], [0.5, 0.05], [0.95, 0.1], [0.97, 0.95], [0.5, 0.98], [0.03, 0.95]]
IN_ZONES = (
    "perimeter_intrusion", "no_stopping", "stopped_vehicle", "fire_lane_blocked", "exit_blocked",
    "ebike_indoors", "water_edge", "pedestrian_on_carriageway",
)  # fmt: skip
PERSON, BICYCLE, CAR = 0, 1, 2


def busy_camera() -> Camera:
    """Every kind once, each with a zone of its own that holds nearly everything."""
    zones = [
        {"id": name, "polygon": WHOLE, "arrow": [[0.1, 0.5], [0.9, 0.5]], "area_m2": 200.0}
        for name in (*IN_ZONES, "wrong", "crowd")
    ]
    rules: list[dict[str, object]] = [{"kind": name, "zone": name} for name in IN_ZONES]
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
    extent = np.array([(50, 130), (90, 100), (240, 130)], np.float64)[classes]
    place = rng.uniform((200, 300), (1700, 1000), (objects, 2))
    speed = rng.normal(0, 12, (objects, 2)) * (rng.random(objects) < 0.6)[:, None]
    scenes = []
    for _ in range(number):
        place = place + speed
        out = (place < (150, 250)) | (place > (1750, 1020))
        speed = np.where(out, -speed, speed)
        feet = place + rng.normal(0, 1.5, place.shape)
        boxes = np.column_stack((feet - extent * (0.5, 1.0), feet + extent * (0.5, 0.0)))
        tracks = Tracks(
            ids=np.arange(objects),
            boxes=boxes.astype(np.float32),
            scores=np.full(objects, 0.7, np.float32),
            classes=classes,
            seen=rng.random(objects) > 0.05,
            born=np.zeros(objects),
        )
        scenes.append(Scene(SIZE, tracks))
    return scenes


def measure(rules: list[PlaceRule], scenes: list[Scene]) -> dict[str, float]:
    """Milliseconds of processor time per look: all together (median, mean), each kind by itself (mean)."""
    kinds = [rule.kind.value for rule in rules]
    spent, whole = np.zeros(len(rules)), np.zeros(len(scenes))
    for number, scene in enumerate(scenes):
        for index, rule in enumerate(rules):
            began = time.thread_time()
            rule.observe(scene, number / 5)
            spent[index] += time.thread_time() - began
        whole[number] = spent.sum()
    each = np.diff(whole, prepend=0.0) * 1000
    figures = {"median_ms": float(np.median(each)), "mean_ms": float(each.mean())}
    figures |= {kind: 1000 * float(took) / len(scenes) for kind, took in zip(kinds, spent, strict=True)}
    return {name: round(value, 4) for name, value in figures.items()}


def measure_health(number: int, fps: float = 5.0) -> float:
    """Mean milliseconds of processor time per look of the rule about the camera itself."""
    rng = np.random.default_rng(0)
    blocks = rng.uniform(30, 220, (45, 80)).astype(np.float32)
    street = np.asarray(cv2.resize(blocks, HD, interpolation=cv2.INTER_CUBIC), np.float32)
    pictures = [
        np.asarray(np.clip(street + rng.normal(0, 2, street.shape), 0, 255), np.uint8) for _ in range(5)
    ]
    rule, tracks, spent = build_health(busy_camera()), looks(1, 20)[0].tracks, 0.0
    for look in range(number):
        scene = Scene(HD, tracks, View(Grey(pictures[look % len(pictures)])))
        began = time.thread_time()
        rule.observe(scene, look / fps)
        spent += time.thread_time() - began
    return round(1000 * spent / number, 4)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=500)
    parser.add_argument("--objects", type=int, default=20)
    arguments = parser.parse_args()
    rules = build_rules(busy_camera(), ZoneInfo("Asia/Shanghai"))
    cv2.setNumThreads(1)
    figures = measure(rules, looks(arguments.looks, arguments.objects))
    figures["camera_health"] = measure_health(arguments.looks)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
