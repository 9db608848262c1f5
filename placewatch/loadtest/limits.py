"""Tables of a city in a hurry: limits of seconds, and cameras that settle all, so that time has much to say.

With the city's own limits a run of minutes sees no limit pass. Here every event passes some of its limits
within a minute, and is closed by its camera once the picture is clear, so that the next one begins.
"""

import json
from pathlib import Path
from typing import Any

from central.events.vocabulary import Colour
from placewatch.config import read
from placewatch.paths import shipped

_LIMITS = {"accept": "5s", "arrive": "15s", "close": "45s"}
_CLEAR_FOR = "15s"


def write_tables(folder: Path) -> dict[str, str]:
    """Write the tables into ``folder``; by key of the configuration, their paths."""
    tables = {"responsibility": _responsibility(), "lifecycle": _lifecycle(), "grading": _grading()}
    paths = {}
    for name, data in tables.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
        paths[name] = str(path)
    return paths


def _shipped(name: str) -> dict[str, Any]:
    data: dict[str, Any] = read(shipped("configs") / f"{name}.yaml").data
    return data | {"version": "load-1"}


def _responsibility() -> dict[str, Any]:
    data = _shipped("responsibility")
    for item in data["items"]:
        item["limits"] = _LIMITS
        item["colour"] = str(Colour.BLUE)
        if item.get("kinds"):
            item["clear_for"] = _CLEAR_FOR
    return data


def _lifecycle() -> dict[str, Any]:
    data = _shipped("lifecycle")
    settled = [str(Colour.BLUE), str(Colour.YELLOW)]
    return data | {"camera_closes": settled, "camera_settles": settled}


def _grading() -> dict[str, Any]:
    """What is overdue becomes yellow, and nothing becomes red: a red event would wait for people."""
    data = _shipped("grading")
    mild = [rule for rule in data["rules"] if rule["when"] == {"overdue": True}]
    return data | {"rules": mild}
