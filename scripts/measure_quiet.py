"""Hours of normal footage past the rules that look at pictures: nothing should be told.

Real clips run in a loop through days of light: dawn, noon with clouds, dusk, night with more noise and with
headlights that sweep by, wind that shakes the pole. A day takes 24 hours of the rules' time and some minutes
of the machine's: these rules take a look a second of a camera, and only luma is made. Each hour is told on
stderr as it ends; who breaks off (Ctrl+C) gets the figures of the time until then.

Example: python -m scripts.measure_quiet --hours 24 --seed 1
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from edge.config import Camera
from edge.gate.luma import Luma
from edge.rules.registry import build_health, build_rules
from edge.rules.scene import Scene, Tracks
from edge.vision.view import View
from messages import Phase
from scripts.grey import Grey
from scripts.scenes.sources import HALL, PARK, ROAD, Floats, pictures

SIZE = (640, 360)
DAY_S = 86400
CLIPS = {"road": (ROAD, 29), "hall": (HALL, 138), "park": (PARK, 78)}
"""Name and whole seconds of each."""

WHOLE = [[0.02, 0.02], [0.98, 0.02], [0.98, 0.98], [0.02, 0.98]]
_NOISES = 16


def base(name: str) -> list[Floats]:
    """A clip, one picture a second."""
    clip, seconds = CLIPS[name]
    found = pictures(clip, tuple(float(t) for t in range(seconds)))
    return [
        np.asarray(
            cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), SIZE, interpolation=cv2.INTER_AREA),
            np.float32,
        )
        for image in found
    ]


def daylight(second: float) -> float:
    """Brightness against noon: 0.25 at night by lamps and gain, an hour of dawn and of dusk."""
    hour = second / 3600 % 24
    day = np.clip(hour - 5.5, 0, 1) * np.clip(19.5 - hour, 0, 1)
    return 0.25 + 0.75 * float(day)


def day(name: str, hours: float, rng: np.random.Generator) -> Iterator[tuple[float, Luma]]:
    """Seconds since the start (a morning) and the picture then."""
    clip = base(name)
    grains = [rng.normal(0, 1, (SIZE[1], 2 * SIZE[0])).astype(np.float32) for _ in range(_NOISES)]
    x, y = np.arange(SIZE[0], dtype=np.float32), np.arange(SIZE[1], dtype=np.float32)
    tall = np.exp(-(((y - 240) / 70) ** 2))[:, None]
    windy = rng.random(25) < 0.3
    beam = 0.0
    for second in range(round(hours * 3600)):
        # It begins in the morning, so that the first hours are day, whatever is asked for.
        now = second + 8 * 3600
        light = daylight(now)
        cloud = 1.0 - 0.25 * (0.5 + 0.5 * np.sin(now / 37.0) * np.sin(now / 211.0)) * (light > 0.5)
        picture = clip[second % len(clip)] * np.float32(light * cloud)
        if light < 0.5:
            beam = beam + rng.uniform(60, 220) if beam < 1400 else (0.0 if rng.random() < 0.1 else beam)
            if beam < 1400:
                picture += np.float32(90) * tall * np.exp(-(((x - beam + 300) / 90) ** 2))[None]
        if windy[int(now / 3600) % 25]:
            matrix = np.array([[1, 0, rng.normal(0, 1.2)], [0, 1, rng.normal(0, 0.8)]], np.float32)
            shaken = cv2.warpAffine(picture, matrix, SIZE, borderMode=cv2.BORDER_REFLECT_101)
            picture = np.asarray(shaken, np.float32)
        noise, at = 1.5 + 3.0 * (1.0 - light), int(rng.integers(SIZE[0]))
        grain = grains[int(rng.integers(_NOISES))][:, at : at + SIZE[0]]
        picture = np.asarray(cv2.addWeighted(picture, 1.0, grain, noise, 0.0), np.float32)
        yield float(second), np.clip(picture, 0, 255).astype(np.uint8)


def nobody() -> Tracks:
    """No track: whatever moves in the clips, these rules must bear without the detector's help."""
    none = np.zeros(0)
    return Tracks(
        none.astype(np.int64), np.zeros((0, 4), np.float32), none.astype(np.float32),
        none.astype(np.int32), none.astype(np.bool_), none,
    )  # fmt: skip


def watch(name: str, hours: float, seed: int, *, things: bool) -> dict[str, object]:
    """What the rules tell of a camera in that time."""
    kinds = [{"kind": "road_obstacle", "zone": "all"}, {"kind": "abandoned_object", "zone": "all"}]
    camera = Camera.model_validate(
        {
            "id": name, "url": "rtsp://127.0.0.1/x", "place": "p",
            "zones": [{"id": "all", "polygon": WHOLE}], "rules": kinds if things else [],
        }
    )  # fmt: skip
    rules = [build_health(camera), *build_rules(camera, ZoneInfo("UTC"))]
    told: Counter[str] = Counter()
    times: list[str] = []
    empty, began, watched = nobody(), time.thread_time(), 0.0
    rng = np.random.default_rng([seed, sum(map(ord, name))])
    try:
        for second, luma in day(name, hours, rng):
            scene = Scene(SIZE, empty, View(Grey(luma)))
            for rule in rules:
                for said in rule.observe(scene, second):
                    if said.phase is Phase.OPENED:
                        told[said.kind] += 1
                        times.append(f"{said.kind} {said.fault or ''} at {second:.0f} s")
            watched = second + 1
            if watched % 3600 == 0:
                print(f"{name}: {watched / 3600:.0f} of {hours:g} h, {told.total()} told", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"{name}: broken off", file=sys.stderr)
    return {
        "hours": round(watched / 3600, 2),
        "told": dict(told),
        "told_per_day": round(told.total() * DAY_S / max(watched, 1.0), 2),
        "when": times[:50],
        "cpu_s": round(time.thread_time() - began, 1),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Print what was told, as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=24.0, help="of each camera (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clips", nargs="*", choices=sorted(CLIPS), default=sorted(CLIPS))
    parser.add_argument("--things", action="store_true", help="abandoned_object and road_obstacle, too")
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)
    for name in arguments.clips:
        print(
            json.dumps({name: watch(name, arguments.hours, arguments.seed, things=arguments.things)}),
            flush=True,
        )


if __name__ == "__main__":
    main()
