"""Small drawings of zones, lines and ground points, as SVG that reads on light and dark pages."""

from messages import Kind

WIDTH, HEIGHT = 320, 180

_FLOOR = "M90 70 L250 60 L300 165 L30 165 Z"
_STYLE = (
    "<style>text{font:12px sans-serif;fill:#222}.g{fill:none;stroke:#555;stroke-width:1.5}"
    ".z{fill:#1f77b4;fill-opacity:.18;stroke:#1f77b4;stroke-width:2}"
    ".l{stroke:#d62728;stroke-width:3;stroke-dasharray:8 4;fill:none}"
    ".b{fill:none;stroke:#2ca02c;stroke-width:2}.p{fill:#d62728}.a{stroke:#222;stroke-width:2;fill:none}"
    "</style>"
)
_HEAD = (
    '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"'
    ' orient="auto"><path d="M0 0 L10 5 L0 10 Z" fill="#222"/></marker></defs>'
)


def _box(x: float, y: float, width: float, height: float) -> str:
    """A box and its ground point; ``x`` and ``y`` are the ground point."""
    return (
        f'<rect class="b" x="{x - width / 2:g}" y="{y - height:g}" width="{width:g}" height="{height:g}"/>'
        f'<circle class="p" cx="{x:g}" cy="{y:g}" r="4"/>'
    )


def person(x: float, y: float) -> str:
    """A standing person."""
    return _box(x, y, 18, 48)


def car(x: float, y: float) -> str:
    """A car from the side."""
    return _box(x, y, 76, 38)


def cycle(x: float, y: float) -> str:
    """A bicycle or motorcycle."""
    return _box(x, y, 40, 26)


def thing(x: float, y: float) -> str:
    """Something without a class."""
    return f'<rect class="b" x="{x - 10:g}" y="{y - 14:g}" width="20" height="14" stroke-dasharray="3 2"/>'


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path class="a" marker-end="url(#head)" d="M{x1:g} {y1:g} L{x2:g} {y2:g}"/>'


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:g}" y="{y:g}">{words}</text>'


_ZONE = f'<path class="z" d="{_FLOOR}"/>'
_LINE = '<path class="l" d="M40 120 L280 100"/>'

_PARTS: dict[Kind, tuple[str, ...]] = {
    Kind.PERIMETER_INTRUSION: (
        _ZONE,
        person(160, 130),
        person(50, 60),
        _text(100, 95, "inside"),
        _text(62, 50, "outside"),
    ),
    Kind.NO_STOPPING: (_ZONE, car(170, 130), _text(135, 148, "stands")),
    Kind.STOPPED_VEHICLE: (_ZONE, car(170, 130), _text(135, 148, "stands"), _arrow(230, 90, 270, 90)),
    Kind.FIRE_LANE_BLOCKED: (_ZONE, car(170, 130), _text(135, 148, "stands in the lane")),
    Kind.EXIT_BLOCKED: (
        '<rect class="g" x="140" y="20" width="50" height="48"/>',
        _text(150, 46, "exit"),
        _ZONE,
        cycle(130, 120),
        _box(200, 130, 40, 30),
        _text(105, 150, "cycle, vehicle, furniture"),
    ),
    Kind.EBIKE_INDOORS: (_ZONE, cycle(165, 130), _text(120, 150, "cycle indoors")),
    Kind.WATER_EDGE: (_ZONE, person(150, 120), _text(110, 150, "edge of the water")),
    Kind.PEDESTRIAN_ON_CARRIAGEWAY: (
        _ZONE,
        person(120, 130),
        _text(92, 150, "on foot"),
        person(220, 118),
        cycle(220, 128),
        _text(200, 150, "riding: no"),
    ),
    Kind.LINE_CROSSING: (
        _LINE,
        person(160, 90),
        _arrow(160, 95, 160, 148),
        _text(170, 146, "to the right"),
        _text(24, 136, "1"),
        _text(284, 98, "2"),
    ),
    Kind.WRONG_WAY: (
        _ZONE,
        _arrow(90, 150, 250, 150),
        _text(130, 166, "the zone&#39;s arrow"),
        car(190, 125),
        _arrow(150, 106, 90, 106),
    ),
    Kind.CROWD_DENSITY: (
        _ZONE,
        *(person(100 + 34 * n, 110 + 30 * (n % 2)) for n in range(5)),
        _text(96, 160, "persons per m2"),
    ),
    Kind.ABANDONED_OBJECT: (
        _ZONE,
        thing(150, 130),
        _arrow(180, 120, 270, 70),
        person(285, 70),
        _text(120, 150, "left behind"),
    ),
    Kind.ROAD_OBSTACLE: (_ZONE, thing(170, 130), _text(120, 150, "lies on the carriageway")),
    Kind.CAMERA_HEALTH: (
        '<rect class="g" x="60" y="30" width="200" height="120"/>',
        _text(92, 88, "offline, frozen, covered,"),
        _text(92, 106, "dark, defocused, moved"),
    ),
}


def drawing(kind: Kind) -> str:
    """The SVG file of one kind."""
    parts = "\n".join((_STYLE, _HEAD, '<rect width="320" height="180" fill="#fafafa"/>', *_PARTS[kind]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{kind.value}">\n{parts}\n</svg>\n'
    )
