"""Changes to a box's YAML file as a person would make them: comments and all else stay as they were."""

import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from edge.config import BoxConfig, load_box
from placewatch.errors import ConfigError, ConfigProblem, UsageError
from placewatch.files import hand_over

Points = Sequence[tuple[float, float]]

WHOLE_VIEW: Points = ((0.02, 0.35), (0.98, 0.35), (1.0, 1.0), (0.0, 1.0))
"""The zone of a new camera until somebody draws better ones: where the ground usually is."""

_HEADER = """\
# One box. Check it: placewatch config check {name}    Draw zones: placewatch edge zones --config {name}
"""


class BoxFile:
    """A box's file, read for changing.

    Args:
        path: The file; may be missing when `begin` is called.

    Raises:
        ConfigError: It is not YAML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = 110
        self._yaml.indent(mapping=2, sequence=4, offset=2)
        try:
            self._data: Any = self._yaml.load(path.read_text("utf-8")) if path.exists() else None
        except (YAMLError, UnicodeDecodeError) as error:
            line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
            raise ConfigError([ConfigProblem(str(path), line, "", "it is not YAML", "correct it")]) from error

    @property
    def exists(self) -> bool:
        """Whether there was a file with something in it."""
        return isinstance(self._data, CommentedMap)

    def cameras(self) -> list[str]:
        """Ids of the cameras in it."""
        return [str(entry.get("id")) for entry in self._list("cameras")] if self.exists else []

    def urls(self) -> list[str]:
        """Addresses of the cameras in it, as written."""
        return [str(entry.get("url")) for entry in self._list("cameras")] if self.exists else []

    def begin(
        self, site: str, box: str, broker: Mapping[str, object], more: Mapping[str, object] | None = None
    ) -> None:
        """A new box without cameras.

        Args:
            site: Its site.
            box: Its id.
            broker: Its broker.
            more: What else stands in the file.
        """
        self._data = CommentedMap({"site": site, "box": box, "broker": CommentedMap(broker), **(more or {})})
        self._data.yaml_set_start_comment(_HEADER.format(name=self.path.name).replace("# ", "", 1))

    def add_camera(
        self, camera: str, url: str, place: str, place_class: str | None, transport: str = "tcp"
    ) -> None:
        """A camera with one zone, and its place unless that is known.

        Args:
            camera: Its id.
            url: Its address, as it is to be written.
            place: Its place's id.
            place_class: The place's class; needed for a new place.
            transport: How RTP travels.

        Raises:
            UsageError: The camera is there already, or a new place has no class.
        """
        places, cameras = self._list("places"), self._list("cameras")
        if any(entry.get("id") == camera for entry in cameras):
            raise UsageError(
                f"camera {camera} is in it already", where=str(self.path), remedy="give another --id"
            )
        known = {entry.get("id"): entry.get("class") for entry in places}
        if place not in known:
            if place_class is None:
                raise UsageError(
                    f"place {place} is not in it yet",
                    where=str(self.path),
                    remedy="say what it is: --class school",
                )
            places.append(_flow({"id": place, "class": place_class}))
        elif place_class not in {None, known[place]}:
            raise UsageError(
                f"place {place} is of class {known[place]}", where=str(self.path), remedy="leave out --class"
            )
        entry = CommentedMap({"id": camera, "url": url, "place": place})
        if transport != "tcp":
            entry["transport"] = transport
        entry["zones"] = CommentedSeq([_shape(self._view(place), "polygon", WHOLE_VIEW)])
        cameras.append(entry)

    def _view(self, place: str) -> str:
        """A zone id that no camera of this place has: two may look at one place."""
        drawn = {
            zone.get("id")
            for camera in self._list("cameras")
            if camera.get("place") == place
            for key in ("zones", "lines")
            for zone in camera.get(key) or ()
        }
        names = ("view", *(f"view-{number}" for number in range(2, 10_000)))
        return next(name for name in names if name not in drawn)

    def draw(
        self, camera: str, zones: Sequence[tuple[str, Points]], lines: Sequence[tuple[str, Points]]
    ) -> None:
        """The zones and lines of a camera, in place of those it has; what else was said of one by name stays.

        Args:
            camera: Its id.
            zones: Id and corners, normalised.
            lines: Id and two ends, normalised.

        Raises:
            UsageError: There is no such camera.
        """
        entry = next((each for each in self._list("cameras") if each.get("id") == camera), None)
        if entry is None:
            raise UsageError(f"there is no camera {camera}", where=str(self.path))
        for key, points, shapes in (("zones", "polygon", zones), ("lines", "points", lines)):
            _redraw(entry, key, points, shapes)

    def text(self) -> str:
        """The file as it would be written."""
        target = io.StringIO()
        self._yaml.dump(self._data, target)
        return target.getvalue()

    def save(self, *, env: Mapping[str, str] | None = None) -> BoxConfig:
        """Write the file if it passes the check; else nothing is changed.

        Args:
            env: Where ``${NAME}`` comes from.

        Raises:
            ConfigError: It does not pass; the problems name the file that would have been written.
            UsageError: It cannot be written.
        """
        draft = self.path.with_name(f".{self.path.name}.draft")
        try:
            mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o600
            with draft.open("w", encoding="utf-8") as file:
                hand_over(file.fileno(), self.path)
                os.fchmod(file.fileno(), mode)
                file.write(self.text())
            box = _checked(lambda: load_box(draft, env=env), str(draft), str(self.path))
            draft.replace(self.path)
        except OSError as error:
            raise UsageError(
                f"cannot be written: {error.strerror}", where=str(self.path), remedy="check folder and rights"
            ) from error
        finally:
            draft.unlink(missing_ok=True)
        return box

    def _list(self, key: str) -> Any:  # noqa: ANN401 - ruamel's types are what the file holds
        if not isinstance(self._data.get(key), CommentedSeq):
            self._data[key] = CommentedSeq()
        return self._data[key]


def _checked(load: Callable[[], BoxConfig], draft: str, file: str) -> BoxConfig:
    try:
        return load()
    except ConfigError as error:
        named = [replace(each, file=each.file.replace(draft, file)) for each in error.problems]
        raise ConfigError(named) from error


def _redraw(entry: CommentedMap, key: str, points: str, shapes: Sequence[tuple[str, Points]]) -> None:
    known = entry.get(key)
    old = known if isinstance(known, CommentedSeq) else CommentedSeq()
    by_id = {each.get("id"): each for each in old if isinstance(each, CommentedMap)}
    wanted = [name for name, _ in shapes]
    for index in reversed(range(len(old))):
        if old[index].get("id") not in wanted:
            del old[index]
    for name, corners in shapes:
        if name in by_id:
            if _rounded(by_id[name].get(points, ())) != _rounded(corners):
                by_id[name][points] = _sequence(corners)
        else:
            old.append(_shape(name, points, corners))
    if old:
        entry[key] = old
    else:
        entry.pop(key, None)


def _rounded(corners: Points) -> list[tuple[float, float]]:
    return [(round(float(x), 3), round(float(y), 3)) for x, y in corners]


def _sequence(corners: Points) -> CommentedSeq:
    outer = CommentedSeq([CommentedSeq(corner) for corner in _rounded(corners)])
    outer.fa.set_flow_style()
    return outer


def _shape(name: str, points: str, corners: Points) -> CommentedMap:
    return _flow({"id": name, points: _sequence(corners)})


def _flow(values: Mapping[str, object]) -> CommentedMap:
    made = CommentedMap(values)
    made.fa.set_flow_style()
    return made


def hidden_password(url: str, camera: str) -> tuple[str, str | None]:
    """An address with its password as a variable of the environment, and the variable's name.

    Args:
        url: As the user gave it.
        camera: The camera's id; the variable is named after it.

    Returns:
        The address to write, and the name; None where there is no password, or it is a variable already.
    """
    parts = urlsplit(url)
    if not parts.password or parts.password.startswith("${"):
        return url, None
    name = "".join(letter if letter.isalnum() else "_" for letter in camera).upper() + "_PASSWORD"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:${{{name}}}@{host}")), name
