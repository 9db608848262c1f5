"""Box configurations for tests, made on the fly."""

from collections.abc import Mapping
from pathlib import Path

import yaml

WHOLE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]

INTRUSION = {"kind": "perimeter_intrusion", "zone": "yard", "dwell_s": 0.5, "clear_s": 1.0, "rejoin_s": 0.0}
STOPPING = {"kind": "no_stopping", "zone": "yard", "dwell_s": 2.0, "clear_s": 1.0, "rejoin_s": 0.0}


def write_box(
    folder: Path,
    urls: Mapping[str, str],
    *,
    port: int = 1883,
    rules: tuple[Mapping[str, object], ...] = (INTRUSION,),
    settings: Mapping[str, object] | None = None,
) -> Path:
    """A box whose cameras each watch a place of their own name: the path of its file.

    Args:
        folder: Where the file is written.
        urls: Address of each camera.
        port: Of the broker.
        rules: Of each camera, about its one zone, the whole picture.
        settings: Top-level keys that differ.
    """
    document = {
        "site": "city",
        "box": "box-1",
        "health_s": 1.0,
        "broker": {"port": port},
        "detector": {"fps": 10.0},
        "places": [{"id": f"place-{name}", "class": "school"} for name in urls],
        "cameras": [
            {
                "id": name,
                "url": url,
                "place": f"place-{name}",
                "stall_s": 2.0,
                "zones": [{"id": "yard", "polygon": WHOLE}],
                "rules": [dict(rule) for rule in rules],
            }
            for name, url in urls.items()
        ],
        **(settings or {}),
    }
    path = folder / "box.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path
