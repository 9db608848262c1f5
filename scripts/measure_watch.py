"""Hours of quiet footage through the whole box (gate, detector, tracker, all rules): nothing should be told.

Three kinds of life before four views: nobody at all (every kind of rule is on, those about people too),
passers-by who never stay, and real clips in a loop. Over them lie a sensor's noise, clouds, patches of sun,
dusk, night with more noise and headlights, a pole that shakes in the wind, lamps that are switched. It all
goes through an encoder and `edge.replay`, so faster than it passes. Each block begins with a box that knows
nothing, at an hour of its own.

Example: python -m scripts.measure_watch --hours 6 --minutes 30 --seed 1
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np

from edge.config import BoxConfig
from edge.detect.detections import Image
from edge.ingest.source import open_source
from edge.replay import DEFAULT_START, Replay
from messages import Alert, Phase
from scripts.scenes.quiet import FPS, Passer, Weather, quiet_pictures
from scripts.scenes.sources import HALL, PARK, ROAD, VIEWS, actor, pictures

DAY_S: Final = 86400.0
HOURS: Final = (12.0, 18.4, 23.0, 5.4)
"""Of the day, at which blocks begin: noon, dusk, night, dawn."""

WHOLE: Final = [[0.02, 0.05], [0.98, 0.05], [0.98, 0.98], [0.02, 0.98]]
PATH: Final = [[0.0, 0.4], [0.5, 0.36], [0.95, 0.33], [0.97, 0.8], [0.63, 0.82], [0.42, 0.64], [0.2, 0.5]]
"""Of the park: a van and a car are parked elsewhere."""
CLEAR: Final = [[0.02, 0.05], [0.45, 0.05], [0.45, 0.98], [0.02, 0.98]]
"""Of the hall: a table stands beside it, which an exit must not have before it."""

STAYS: Final = (
    "fire_lane_blocked", "exit_blocked", "no_stopping", "stopped_vehicle", "ebike_indoors",
    "abandoned_object", "road_obstacle",
)  # fmt: skip
"""Kinds to which who passes is nothing."""

PRESENCE: Final = ("perimeter_intrusion", "water_edge", "pedestrian_on_carriageway")
"""Kinds that an empty place must not raise."""

CLIPS: Final = {"road": (ROAD, 29.5), "hall": (HALL, 138.0), "park": (PARK, 78.0)}
CROWD: Final = {"road": 2, "hall": 4, "park": 20}
"""More than are ever there."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some time before one camera.

    Attributes:
        view: Its view.
        life: ``nobody``, ``passers`` or ``real``.
        hour: At which it begins.
    """

    view: str
    life: str
    hour: float


def blocks() -> list[Block]:
    """Every view with every life at every hour, mixed."""
    lives = (("road", "nobody"), ("hall", "real"), ("park", "nobody"), ("road", "passers"), ("park", "real"),
             ("hall", "nobody"), ("entry", "nobody"), ("hall", "passers"), ("road", "real"))  # fmt: skip
    turns = range(len(HOURS))
    return [
        Block(view, life, HOURS[(turn + number) % len(HOURS)])
        for turn, (number, (view, life)) in product(turns, enumerate(lives))
    ]


def box(block: Block) -> BoxConfig:
    """Every rule with its defaults to which nothing is due."""
    zone = PATH if block.view == "park" else WHOLE
    before = "exit" if block.view == "hall" else "zone"
    rules: list[dict[str, Any]] = [
        {"kind": kind, "zone": before if kind == "exit_blocked" else "zone"} for kind in STAYS
    ]
    rules.append({"kind": "crowd_density", "zone": "zone", "limit": CROWD.get(block.view, 2)})
    if block.life == "nobody":
        rules += [{"kind": kind, "zone": "zone"} for kind in PRESENCE]
        rules += [{"kind": kind, "line": "line"} for kind in ("line_crossing", "wrong_way")]
    camera = {
        "id": "camera", "url": "file:clip", "place": "place", "rules": rules,
        "zones": [{"id": "zone", "polygon": zone}, {"id": "exit", "polygon": CLEAR}],
        "lines": [{"id": "line", "points": [[0.05, 0.6], [0.95, 0.6]]}],
    }  # fmt: skip
    places = [{"id": "place", "class": "venue"}]
    return BoxConfig.model_validate({"site": "quiet", "box": "quiet", "places": places, "cameras": [camera]})


def passing(view: str, seconds: float, rng: np.random.Generator) -> Iterator[Passer]:
    """One after the other, now and then two at once."""
    cars, people = ("red car", "silver car", "white car", "sports car"), ("woman in grey", "man in black")
    now = float(rng.uniform(5, 20))
    while now < seconds:
        if view == "road":
            x, up = rng.uniform(150, 620), rng.random() < 0.5
            ends = ((x, 780.0), (x - 20, -5.0)) if up else ((x, -5.0), (x - 20, 780.0))
            yield Passer(actor(str(rng.choice(cars))), now, now + rng.uniform(3, 7), *ends)
        else:
            y, right = rng.uniform(380, 425), rng.random() < 0.5
            ends = ((-90.0, y), (860.0, y)) if right else ((860.0, y), (-90.0, y))
            look = actor(str(rng.choice(people))).scaled(float(rng.uniform(0.8, 1.0)))
            yield Passer(look, now, now + rng.uniform(7, 14), *ends)
        now += float(rng.exponential(35.0)) + 1.0


def footage(block: Block, seconds: float, rng: np.random.Generator) -> Iterator[Image]:
    """What the camera shows."""
    if block.life == "real":
        clip, length = CLIPS[block.view]
        views: Sequence[Image] = pictures(clip, tuple(n / FPS for n in range(round(length * FPS))))
    else:
        views = [VIEWS[block.view]()]
    passers = list(passing(block.view, seconds, rng)) if block.life == "passers" else []
    indoors = block.view in {"hall", "entry"}
    wind = 0.0 if indoors else float(rng.choice([0.0, 1.5, 2.5]))
    yield from quiet_pictures(views, passers, Weather(block.hour, indoors, wind), seconds, rng)


def write(path: Path, images: Iterable[Image]) -> None:
    """Encode as a camera of modest quality does, a keyframe every two seconds."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = 2 * FPS
        stream.codec_context.options = {"preset": "ultrafast", "bf": "0", "crf": "25", "threads": "1"}
        for number, image in enumerate(images):
            if number == 0:
                stream.height, stream.width = image.shape[:2]
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(stream.encode(None))


def watch(block: Block, clip: Path, stills: Path | None) -> tuple[list[Alert], float, int]:
    """Alerts that were opened, seconds that were watched and pictures that were looked at."""
    config = box(block)
    replay = Replay.load(config, config.cameras[0], clip)
    told: list[Alert] = []
    looks, watched = 0, 0.0
    with open_source(str(clip)) as source:
        for step in replay.steps(source):
            opened = [alert for alert in step.alerts if alert.type.phase is Phase.OPENED]
            told += opened
            looks, watched = looks + 1, step.position_s
            for alert in opened:
                _show(block, alert, stills)
    return told, watched, looks


def _show(block: Block, alert: Alert, stills: Path | None) -> None:
    at = alert.time.timestamp() - DEFAULT_START
    fault = alert.data.fault.value if alert.data.fault else ""
    print(f"{block}: {alert.data.kind.value} {fault} at {at:.1f} s", file=sys.stderr, flush=True)
    if stills is not None and alert.data.evidence is not None:
        name = f"{block.view}-{block.life}-{block.hour:g}-{alert.data.kind.value}-{at:.0f}.jpg"
        (stills / name).write_bytes(alert.data.evidence.jpeg)


def main(argv: Sequence[str] | None = None) -> None:
    """Print a line of JSON for each block, and the sum."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=6.0, help="camera-hours, then it ends (%(default)s)")
    parser.add_argument("--minutes", type=float, default=30.0, help="length of a block (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="words of view, life and hour, such as 'road nobody 23'")
    parser.add_argument("--stills", type=Path, help="folder for the alerts' redacted stills")
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)
    if arguments.stills is not None:
        arguments.stills.mkdir(parents=True, exist_ok=True)
    words = arguments.only.split()
    chosen = [b for b in blocks() if all(w in {b.view, b.life, f"{b.hour:g}"} for w in words)]
    told: Counter[str] = Counter()
    watched = 0.0
    for round_ in count():
        for number, block in enumerate(chosen):
            if watched >= arguments.hours * 3600:
                return
            rng = np.random.default_rng([arguments.seed, round_, number])
            began = time.process_time()
            with tempfile.TemporaryDirectory() as folder:
                clip = Path(folder) / "clip.mp4"
                write(clip, footage(block, arguments.minutes * 60, rng))
                alerts, seconds, looks = watch(block, clip, arguments.stills)
            told.update(alert.data.kind.value for alert in alerts)
            watched += seconds
            sums = {
                "block": f"{block.view} {block.life} {block.hour:g} h", "told": len(alerts), "looks": looks,
                "cpu_s": round(time.process_time() - began), "camera_hours": round(watched / 3600, 2),
                "all_told": dict(told), "told_per_camera_day": round(told.total() * DAY_S / watched, 2),
            }  # fmt: skip
            print(json.dumps(sums), flush=True)


if __name__ == "__main__":
    main()
