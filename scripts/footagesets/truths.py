"""The truth file beside a made clip: when something is there, and what the rules should say."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from scripts.footagesets.scenes import Scene
from scripts.footagesets.timeline import Piece, moved, things


def write_truth(path: Path, labelled: Path, scene: Scene, pieces: Sequence[Piece], about: str) -> None:
    """Write what is true of a made clip, in the form of `placewatch eval`'s truth files.

    Args:
        path: The new file, beside the clip of the same name.
        labelled: The recording's truth file.
        scene: The recording.
        pieces: What of it the clip shows.
        about: What the set is.
    """
    source = yaml.safe_load(labelled.read_text(encoding="utf-8"))
    document = {
        "clip": f"{path.stem}.mp4",
        "about": f"Made from {scene.clip}: {about}. Repeats and quiet stretches are put together; "
        "zones, rules and events are those of the recording.",
        "tolerance_s": source.get("tolerance_s", 2.0),
        "place": source["place"],
        "camera": _cropped(source["camera"], scene.crop),
        "moves": [list(span) for span in things(pieces)],
        "events": _events(source["events"], pieces),
    }
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _events(events: Sequence[Mapping[str, Any]], pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    found = []
    for event in events:
        for opened, closed in moved(pieces, event["opened"], event.get("closed")):
            times = {"opened": opened} if closed is None else {"opened": opened, "closed": closed}
            if "due" in event:
                times["due"] = round(opened + event["due"] - event["opened"], 3)
            found.append({**event, **times})
    return sorted(found, key=lambda event: float(event["opened"]))


def _cropped(camera: Mapping[str, Any], crop: tuple[float, float]) -> dict[str, Any]:
    """Zones and lines of a picture that lost rows at its top and bottom; what was measured on it is left."""
    if crop == (0.0, 0.0):
        return dict(camera)
    top, bottom = crop

    def place(point: Sequence[float]) -> list[float]:
        return [point[0], round(min(1.0, max(0.0, (point[1] - top) / (1.0 - top - bottom))), 4)]

    result = {key: value for key, value in camera.items() if key != "ground"}
    for drawn, points in (("zones", "polygon"), ("lines", "points")):
        result[drawn] = [
            {**shape, points: [place(point) for point in shape[points]]} for shape in camera.get(drawn, ())
        ]
    return result
