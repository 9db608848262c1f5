"""The scenes: a table of stories, each told anew by its seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edge.detect.detections import Image
from scripts.scenes import befalls
from scripts.scenes.compose import FPS, Camera, Light, Mark, Part, Staging, evenly
from scripts.scenes.sources import BICYCLE, HALL, PARK, ROAD, VIEWS, actor, bag, carton, pictures
from scripts.scenes.truths import Event, events_of

Rng = np.random.Generator
FLOOR = [[0.02, 0.62], [0.98, 0.62], [0.98, 0.99], [0.02, 0.99]]
CARRIAGEWAY = [[0.08, 0.05], [0.92, 0.05], [0.92, 0.97], [0.08, 0.97]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene and its truth.

    Attributes:
        about: For people.
        place: As in a truth file.
        camera: Likewise.
        staging: How it is shown.
        more: Events beyond those that follow from where everything is.
        tolerance_s: As in a truth file.
    """

    about: str
    place: dict[str, Any]
    camera: dict[str, Any]
    staging: Staging
    more: tuple[Event, ...] = ()
    tolerance_s: float = 2.0

    @property
    def events(self) -> list[Event]:
        """All of them, in order."""
        height, width = self.staging.view[0].shape[:2]
        told = events_of(self.camera, self.staging.parts, self.staging.seconds, (width, height))
        return sorted([*told, *self.more], key=lambda event: event["opened"])


Story = Callable[[Rng], Scene]


def vehicle(name: str, *marks: Mark, scale: float = 1.0) -> Part:
    """A car."""
    return Part(name, actor(name).scaled(scale), "vehicle", marks)


def person(name: str, *marks: Mark, scale: float = 1.0, sway: float = 0.0) -> Part:
    """Somebody."""
    return Part(name, actor(name).scaled(scale), "person", marks, sway)


def thing(part: Part, begin: float, end: float, at: tuple[float, float]) -> Part:
    """The part put down, and taken away."""
    return replace(part, marks=((begin, *at), (end, *at)))


def _camera(
    zone: Sequence[Sequence[float]], *rules: dict[str, Any], lines: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    return {"zones": [{"id": "zone", "polygon": zone}], "lines": list(lines), "rules": list(rules)}


def _in(kind: str, **parameters: float) -> dict[str, Any]:
    return {"kind": kind, "zone": "zone", **parameters}


def blocked_lane(rng: Rng) -> Scene:
    """One car stops in the lane for long, another for a moment, a third drives through."""
    x, y, t = rng.uniform(260, 330), rng.uniform(360, 400), rng.uniform(8, 12)
    parts = (
        vehicle("silver car", (t, x, -5), (t + 4, x - 20, y), (t + 34, x - 20, y), (t + 37, x - 40, 760)),
        vehicle("red car", (3, 560, 760), (6, 550, -5)),
        vehicle("white car", (t + 5, 560, 760), (t + 8, 555, 400), (t + 13, 555, 400), (t + 16, 550, -5)),
    )
    rules = [_in("fire_lane_blocked", dwell_s=15), _in("no_stopping", dwell_s=10), _in("stopped_vehicle")]
    return Scene(
        "a car blocks the lane for half a minute; others only stop for a moment or pass",
        {"class": "utility"},
        _camera(CARRIAGEWAY, *rules),
        Staging([VIEWS["road"]()], 60, parts, befalls.clouds(rng, 0.2)),
    )


def intruder(rng: Rng) -> Scene:
    """Somebody walks through the yard at night, stays, and leaves."""
    t = rng.uniform(6, 10)
    scale = rng.uniform(0.42, 0.5)
    parts = (
        person(
            "man in black",
            (t, 20, 240),
            (t + 5, 300, 330),
            (t + 15, 340, 330),
            (t + 21, 800, 260),
            scale=scale,
        ),
        person("woman in grey", (45, 800, 250), (57, -60, 250), scale=scale),
    )
    yard = [[0.2, 0.4], [0.8, 0.4], [0.8, 0.95], [0.2, 0.95]]
    return Scene(
        "one person crosses the yard and lingers, another passes through",
        {"class": "utility"},
        _camera(
            yard, _in("perimeter_intrusion", clear_s=2, rejoin_s=0), _in("water_edge", clear_s=2, rejoin_s=0)
        ),
        Staging([VIEWS["road"]()], 65, parts, noise=4.0),
    )


def pedestrians(rng: Rng) -> Scene:
    """People on the carriageway, and over a line at the edge of the picture."""
    t, scale = rng.uniform(5, 9), rng.uniform(0.42, 0.52)
    parts = (
        person("woman in black", (t, -40, 300), (t + 12, 830, 310), scale=scale),
        person("woman in grey", (t + 22, 830, 350), (t + 34, -70, 340), scale=scale),
        person("man in black", (t + 40, -40, 250), (t + 46, 400, 260), (t + 52, -40, 260), scale=scale),
        vehicle("silver car", (t + 15, 300, -5), (t + 18, 260, 760)),
    )
    lines = [{"id": "out", "points": [[0.86, 1.0], [0.86, 0.1]], "forbidden": "to_right"}]
    rule = {"kind": "line_crossing", "line": "out", "objects": ["person"]}
    return Scene(
        "people walk over the carriageway; one leaves the picture right behind the line, one turns back",
        {"class": "road"},
        _camera(CARRIAGEWAY, _in("pedestrian_on_carriageway", clear_s=2, rejoin_s=2), rule, lines=lines),
        Staging([VIEWS["road"]()], 65, parts),
    )


def wrong_way(rng: Rng) -> Scene:
    """Cars up the road, and some down it."""
    x = rng.uniform(290, 340)
    parts = (
        vehicle("red car", (3, x, 760), (7, x, -5)),
        vehicle("silver car", (14, x + 120, -5), (18, x + 90, 760)),
        vehicle("white car", (24, x + 200, 760), (28, x + 190, -5)),
        vehicle("sports car", (36, x, -5), (41, x - 40, 760)),
        vehicle("red car", (47, x, 760), (50, x, -5)),
    )
    lines = [{"id": "up-only", "points": [[0.05, 0.6], [0.95, 0.6]], "forbidden": "to_right"}]
    return Scene(
        "a road that goes up the picture; two cars come down",
        {"class": "road"},
        _camera(
            CARRIAGEWAY,
            {"kind": "wrong_way", "line": "up-only"},
            {"kind": "line_crossing", "line": "up-only"},
            lines=lines,
        ),
        Staging([VIEWS["road"]()], 55, parts, befalls.clouds(rng, 0.15)),
    )


def promenade(rng: Rng) -> Scene:
    """People near the water, seen from afar."""
    t = rng.uniform(5, 9)
    parts = (
        person("walker", (t, 40, 420), (t + 12, 420, 470), (t + 20, 430, 470), (t + 34, 40, 560)),
        person("stroller", (t + 12, 760, 330), (t + 24, 420, 300), (t + 50, -30, 290)),
    )
    water = [[0.0, 0.62], [0.7, 0.72], [0.7, 1.0], [0.0, 1.0]]
    lines = [{"id": "jetty", "points": [[0.7, 0.45], [0.7, 0.7]]}]
    return Scene(
        "somebody walks along the water and stops there; another passes on the path",
        {"class": "park"},
        _camera(
            water,
            _in("water_edge"),
            {"kind": "line_crossing", "line": "jetty", "objects": ["person"]},
            lines=lines,
        ),
        Staging([VIEWS["park"]()], 70, parts, befalls.clouds(rng)),
    )


def gathering(rng: Rng) -> Scene:
    """Too many at once on the path, then few again."""
    names = ["walker", "passer-by", "stroller"]
    come, go = rng.uniform(8, 11), rng.uniform(34, 37)
    parts = []
    for n in range(6):
        x, y = 130 + 95 * n + rng.uniform(-12, 12), 318 + 18 * (n % 3)
        late = come + 0.6 * n
        side = -40.0 if n < 3 else 810.0
        marks = ((late - 5, side, y), (late, x, y), (go + 0.5 * n, x, y), (go + 6 + 0.5 * n, side, y))
        parts.append(person(names[n % 3], *marks, scale=rng.uniform(0.95, 1.1), sway=0.7))
    path = [[0.05, 0.44], [0.95, 0.44], [0.95, 0.75], [0.05, 0.75]]
    return Scene(
        "six people come together on a path and part again",
        {"class": "venue"},
        _camera(path, _in("crowd_density", limit=4, hold_s=5)),
        Staging([VIEWS["park"]()], 65, tuple(parts)),
        tolerance_s=3.0,
    )


def few_people(rng: Rng) -> Scene:
    """Never as many as the limit."""
    parts = tuple(
        person(name, (4 + 14 * n, -40, 330 + 20 * n), (22 + 14 * n, 810, 320 + 20 * n))
        for n, name in enumerate(("walker", "passer-by", "stroller"))
    )
    path = [[0.05, 0.44], [0.95, 0.44], [0.95, 0.75], [0.05, 0.75]]
    return Scene(
        "people pass one by one",
        {"class": "venue"},
        _camera(path, _in("crowd_density", limit=4, hold_s=5)),
        Staging([VIEWS["park"]()], 60, parts, befalls.clouds(rng)),
    )


def bicycle_at_the_exit(rng: Rng) -> Scene:
    """A bicycle leans in the entry for a while."""
    come, stay = rng.uniform(10, 14), rng.uniform(30, 34)
    x, y = (BICYCLE[0] + BICYCLE[2]) / 2, float(BICYCLE[3])
    entry = [[0.3, 0.5], [0.95, 0.5], [0.95, 0.98], [0.3, 0.98]]
    return Scene(
        "a bicycle leans in the entry for half a minute",
        {"class": "residential"},
        _camera(entry, _in("ebike_indoors"), _in("exit_blocked", dwell_s=15)),
        Staging(
            [VIEWS["entry"]()],
            65,
            (Part("bicycle", actor("bicycle"), "cycle", ((come, x, y), (come + stay, x, y))),),
        ),
    )


def left_bag(rng: Rng) -> Scene:
    """Somebody puts a bag down and leaves it; much later it is taken away."""
    x, t = rng.uniform(150, 260), rng.uniform(12, 15)
    leaves = t + rng.uniform(5, 9)
    owner = person(
        "man in black", (5, -80, 400), (t, x + 70, 405), (leaves, x + 70, 405), (leaves + 5, 900, 405)
    )
    left = Part("bag", bag(rng, 60, 44), "thing", (), owner=owner.name)
    taken = leaves + rng.uniform(40, 45)
    helper = person("woman in grey", (taken - 5, 900, 405), (taken - 1, x + 60, 405), (taken + 6, 900, 405))
    return Scene(
        "a bag is left behind, and taken away in the end",
        {"class": "transport_hub"},
        _camera(FLOOR, _in("abandoned_object")),
        Staging(
            [VIEWS["hall"]()],
            taken + 14,
            (owner, thing(left, t, taken, (x, 395)), helper),
            befalls.clouds(rng, 0.1),
        ),
        tolerance_s=6.0,
    )


def kept_bag(rng: Rng) -> Scene:
    """Somebody stands beside a bag and takes it along; another stands still for long."""
    x = rng.uniform(150, 220)
    owner = person(
        "woman in black", (4, -80, 410), (9, x + 90, 412), (55, x + 90, 412), (60, 900, 412), sway=0.8
    )
    kept = thing(Part("bag", bag(rng, 60, 44), "thing", (), owner=owner.name), 10, 54, (x, 400))
    still = person("woman in grey", (6, 900, 400), (11, 560, 402), (62, 560, 402), (66, 900, 402), sway=0.6)
    return Scene(
        "somebody waits beside a bag and takes it along; another stands still for a minute",
        {"class": "transport_hub"},
        _camera(FLOOR, _in("abandoned_object")),
        Staging([VIEWS["hall"]()], 70, (owner, kept, still)),
    )


def fallen_load(rng: Rng) -> Scene:
    """A box falls from a car and lies on the road."""
    x, y = rng.uniform(330, 420), rng.uniform(230, 330)
    parts = (
        vehicle("red car", (8, x, 760), (11, x, -5)),
        thing(Part("carton", carton(rng), "thing", ()), 9.6, 50, (x, y)),
        vehicle("silver car", (24, 240, -5), (28, 200, 760)),
        person("man in black", (45, -60, y + 10), (49, x - 30, y + 10), (56, -60, y + 10), scale=0.45),
    )
    return Scene(
        "a box falls from a car and lies on the carriageway until somebody takes it away",
        {"class": "road"},
        _camera(CARRIAGEWAY, _in("road_obstacle"), _in("stopped_vehicle")),
        Staging([VIEWS["road"]()], 65, parts, befalls.clouds(rng, 0.2)),
        tolerance_s=5.0,
    )


def _still_things(place: str) -> list[dict[str, Any]]:
    return [_in("road_obstacle"), _in("stopped_vehicle")] if place == "road" else [_in("abandoned_object")]


def light_on(view: str, light: Callable[[Rng], Light], about: str) -> Story:
    """Light alone: nothing is to be told of it."""

    def told(rng: Rng) -> Scene:
        place = {"road": "road", "hall": "transport_hub", "park": "park"}[view]
        zone = FLOOR if view == "hall" else CARRIAGEWAY
        return Scene(
            f"{about}, and nothing else",
            {"class": place},
            _camera(zone, *_still_things(place)),
            Staging([VIEWS[view]()], 90, (), light(rng)),
        )

    return told


def drives_off(rng: Rng) -> Scene:
    """A car that was parked from the beginning leaves: nothing was left there."""
    x = rng.uniform(280, 420)
    parts = (
        vehicle("white car", (-1, x, 360), (20, x, 360), (24, x - 10, -5)),
        vehicle("red car", (40, x + 150, 760), (44, x + 150, -5)),
    )
    return Scene(
        "a car that was parked from the beginning drives off",
        {"class": "road"},
        _camera(CARRIAGEWAY, _in("road_obstacle"), _in("abandoned_object")),
        Staging([VIEWS["road"]()], 75, parts, befalls.clouds(rng, 0.2)),
    )


def wind(view: str) -> Story:
    """The camera trembles in the wind."""

    def told(rng: Rng) -> Scene:
        scene = light_on(view, lambda r: befalls.clouds(r, 0.3), "clouds and wind")(rng)
        return replace(scene, staging=replace(scene.staging, camera=befalls.wind(rng)))

    return told


LIVE = {
    "road": (ROAD, 29.5, 12.5),
    "hall": (HALL, 60.0, 10.0),
    "park": (PARK, 60.0, 10.0),
}
"""Clips that run behind a fault of the camera: name, seconds, pictures a second."""


def live(view: str) -> Sequence[Image]:
    """The pictures of a clip at `FPS`."""
    clip, seconds, _ = LIVE[view]
    return pictures(clip, tuple(n / FPS for n in range(round(seconds * FPS))))


def fault(view: str, name: str) -> Story:
    """What befalls a camera that watches real life."""

    def told(rng: Rng) -> Scene:
        begin = float(rng.uniform(18, 22))
        end = begin + 20.0
        makes: dict[str, Callable[[], Camera]] = {
            "covered": lambda: befalls.covered(rng),
            "dark": lambda: befalls.darkened,
            "defocused": lambda: befalls.defocused(rng),
            "moved": lambda: befalls.moved(rng),
            "frozen": lambda: evenly,
        }
        staging = Staging(live(view), 55, (), camera=befalls.during(begin, end, makes[name]()))
        if name == "frozen":
            staging = replace(staging, frozen=(begin, end))
        event: Event = {
            "kind": "camera_health", "opened": round(begin, 1), "closed": round(end, 1),
            "due": round(begin + 5.0, 1), "tolerance_s": 5.0,
        }  # fmt: skip
        # Whoever sees nothing but asphalt cannot tell a cover from another view of it.
        if name in {"defocused", "frozen"} or (name == "moved" and view != "road"):
            event["fault"] = name
        return Scene(
            f"the camera is {name} for twenty seconds",
            {"class": "school"},
            {"rules": []},
            staging,
            (event,),
        )

    return told


def evening(view: str) -> Story:
    """Dusk and headlights over real life: the camera is well."""

    def told(rng: Rng) -> Scene:
        beams, falling = befalls.headlights(rng, 1.0), befalls.dusk(60.0)
        return Scene(
            "evening falls, headlights sweep over the view",
            {"class": "school"},
            {"rules": []},
            Staging(live(view), 90, (), lambda t, picture: beams(t, falling(t, picture)), noise=4.0),
        )

    return told


STORIES: dict[str, Story] = {
    "blocked-lane": blocked_lane,
    "intruder": intruder,
    "pedestrians": pedestrians,
    "wrong-way": wrong_way,
    "promenade": promenade,
    "gathering": gathering,
    "few-people": few_people,
    "bicycle-at-the-exit": bicycle_at_the_exit,
    "left-bag": left_bag,
    "kept-bag": kept_bag,
    "fallen-load": fallen_load,
    "sun-on-the-road": light_on("road", befalls.sun_patches, "patches of sun"),
    "sun-in-the-hall": light_on("hall", befalls.sun_patches, "patches of sun"),
    "sun-in-the-park": light_on("park", befalls.sun_patches, "patches of sun"),
    "night-on-the-road": light_on("road", befalls.headlights, "headlights at night"),
    "drives-off": drives_off,
    "wind-in-the-park": wind("park"),
    **{f"{name}-{view}": fault(view, name) for view in LIVE
       for name in ("covered", "dark", "defocused", "moved", "frozen")},
    **{f"evening-{view}": evening(view) for view in LIVE},
}  # fmt: skip
"""Every story by the name of its files."""
