"""Which of our files is this: the forms that ``config check`` knows, each with its own reader."""

import difflib
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from central.config import CentralConfig
from central.dispatch.units import UnitsFile, load_units
from central.events.calendar import CalendarFile, load_calendar
from central.events.compression import CompressionFile, load_compression
from central.events.grading import Grading, load_grading
from central.events.key_areas import KeyAreas, load_key_areas
from central.events.lifecycle import LifeCycleFile, load_lifecycle
from central.events.responsibility import ResponsibilityFile, load_responsibility
from central.grid.city import CityFile, load_city
from central.grid.polygons import load_grids
from central.notify.rules import NotificationFile, load_notifications
from central.reports.advisory import Templates, load_templates
from central.setup import load_central
from edge.config import BoxConfig, load_as_written, load_box
from edge.place_defaults import RuleTable, load_rule_table, told
from placewatch.config_hints import keys_at
from placewatch.document import Document, read
from placewatch.errors import ConfigError, ConfigProblem
from placewatch.paths import shipped


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of configuration file.

    Attributes:
        name: As ``--as`` takes it.
        keys: Top-level keys of such a file.
        check: Reads the file with everything it names and says in one line what it holds; raises ConfigError.
    """

    name: str
    keys: frozenset[str]
    check: Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in one file.

    Attributes:
        file: As the user named it.
        form: Which form it was read as; empty when it could not be told.
        summary: One line about a good file.
        problems: None in a good file.
    """

    file: str
    form: str
    summary: str
    problems: list[ConfigProblem]


def forms() -> tuple[Form, ...]:
    """Every form, by the packages that read them."""
    return (
        Form("box", frozenset(keys_at(BoxConfig, ())), _box),
        Form("central", frozenset(keys_at(CentralConfig, ())), _central),
        Form("city", frozenset(keys_at(CityFile, ())), _city),
        Form("grids", frozenset({"type", "features"}), _grids),
        Form("responsibility", frozenset(keys_at(ResponsibilityFile, ())), _responsibility),
        Form("key_areas", frozenset(keys_at(KeyAreas, ())), _key_areas),
        Form("grading", frozenset(keys_at(Grading, ())), _grading),
        Form("lifecycle", frozenset(keys_at(LifeCycleFile, ())), _lifecycle),
        Form("calendar", frozenset(keys_at(CalendarFile, ())), _calendar),
        Form("advisory", frozenset(keys_at(Templates, ())), _advisory),
        Form("notifications", frozenset(keys_at(NotificationFile, ())), _notifications),
        Form("compression", frozenset(keys_at(CompressionFile, ())), _compression),
        Form("units", frozenset(keys_at(UnitsFile, ())), _units),
        Form("rules", frozenset(keys_at(RuleTable, ())), _rules),
    )


def check(path: Path, *, form: str | None = None) -> Finding:
    """Read a configuration file as what it is, or as ``form``.

    Args:
        path: The file.
        form: Name of a form; recognised by the file's keys when None.

    Raises:
        ConfigError: ``form`` is not the name of one.
    """
    known = forms()
    try:
        chosen = _named(form, known, path) if form else recognise(read(path, env=_AnyVariable()), known)
    except ConfigError as error:
        return Finding(str(path), form or "", "", error.problems)
    try:
        return Finding(str(path), chosen.name, chosen.check(path), [])
    except ConfigError as error:
        return Finding(str(path), chosen.name, "", error.problems)


def recognise(document: Document, known: tuple[Form, ...]) -> Form:
    """The form whose keys the document has, misspelt ones counting a little less.

    Raises:
        ConfigError: It resembles none, or two equally.
    """
    scores = sorted(((_likeness(document.data, form), form) for form in known), key=lambda pair: -pair[0])
    (best, form), (second, _) = scores[:2]
    if best < 0.5 or best == second:
        names = ", ".join(item.name for item in known)
        problem = document.problem(
            (), "this is none of the files that placewatch reads", f"say which with --as: {names}"
        )
        raise ConfigError([problem])
    return form


def _likeness(data: Mapping[str, object], form: Form) -> float:
    """Sum over the file's keys: 1 for a key of the form, up to .8 for one that is nearly one."""
    total = 0.0
    for key in data:
        close = difflib.get_close_matches(key, form.keys, n=1, cutoff=0.6)
        total += 1.0 if key in form.keys else 0.8 if close else 0.0
    return total


def _named(name: str, known: tuple[Form, ...], path: Path) -> Form:
    for form in known:
        if form.name == name:
            return form
    names = ", ".join(form.name for form in known)
    raise ConfigError([ConfigProblem(str(path), 0, "", f"no form is called {name!r}", f"one of: {names}")])


class _AnyVariable(dict[str, str]):
    """An environment in which everything is set: recognising a file must not fail on its secrets."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __missing__(self, _name: str) -> str:
        return "x"


def _box(path: Path) -> str:
    box = load_box(path)
    zones = sum(len(camera.zones) for camera in box.cameras)
    rules = sum(len(camera.rules) for camera in box.cameras)
    return (
        f"box {box.site}/{box.box}: {_count(box.cameras, 'camera')}, {zones} zones, {rules} rules,"
        f" {_count(box.places, 'place')}{_by_class(load_as_written(path), box)}"
    )


def _by_class(written: BoxConfig, box: BoxConfig) -> str:
    """What cameras watch for by the class of their place, a line each."""
    lines = []
    for before, after in zip(written.cameras, box.cameras, strict=True):
        if added := after.rules[len(before.rules) :]:
            place_class = box.place_of(after).place_class
            lines.append(f"\n  camera {after.id} watches, as its place is a {place_class}, {told(added)}")
    return "".join(lines)


def _rules(path: Path) -> str:
    table = load_rule_table(path)
    number = sum(len(rules) for rules in table.by_class.values())
    return f"default rules: {number} of {len(table.by_class)} classes of places"


def _central(path: Path) -> str:
    config, tables = load_central(path)
    scheme = config.database.partition(":")[0]
    return (
        f"central on {config.http.host}:{config.http.port}, {scheme}, city of"
        f" {_count(tables.city.orgs, 'organisation')} and {_count(tables.city.places, 'place')}"
    )


def _city(path: Path) -> str:
    city = load_city(path)
    return f"city {city.root.name.en}: {_count(city.orgs, 'organisation')}, {_count(city.places, 'place')}"


def _grids(path: Path) -> str:
    city = path.parent / "city.yaml"
    if not city.is_file():
        fix = "put city.yaml beside the grids, or check central.yaml, which names both"
        raise ConfigError([ConfigProblem(str(path), 0, "", "grids need their city file", fix)])
    return f"grids: {_count(load_grids(path, load_city(city)), 'polygon')}"


def _responsibility(path: Path) -> str:
    return f"responsibility list: {_count(load_responsibility(path).file.items, 'item')}"


def _key_areas(path: Path) -> str:
    return f"key areas: {len(load_key_areas(path).classes)} classes"


def _grading(path: Path) -> str:
    return f"grading: {_count(load_grading(path).rules, 'rule')}"


def _lifecycle(path: Path) -> str:
    return f"life cycle: {_count(load_lifecycle(path).file.transitions, 'row')}"


def _calendar(path: Path) -> str:
    calendar = load_calendar(path, ZoneInfo("Asia/Shanghai"))
    years = ", ".join(str(year) for year in sorted(calendar.file.years)) or "no year"
    length = f"{calendar.day_s / 3600:g} h"
    return f"calendar: a working day of {length}, holidays of {years} (plain weekdays elsewhere)"


def _notifications(path: Path) -> str:
    """Orgs are looked up beside it, where there is a city file, else in the demo's city."""
    city = path.parent / "city.yaml"
    found = load_notifications(
        path, load_city(city if city.is_file() else shipped("configs") / "demo/city.yaml")
    )
    return f"notifications: {_count(found.file.rules, 'rule')} for {_count(found.channels, 'channel')}"


def _compression(path: Path) -> str:
    file = load_compression(path).file
    return f"compression: {_count(file.inhibition, 'rule')}, {_count(file.networks, 'network')}"


def _units(path: Path) -> str:
    """Orgs and departments are looked up beside it, where there is a city file."""
    city = path.parent / "city.yaml"
    if not city.is_file():
        fix = "put city.yaml beside the units, or check central.yaml, which names both"
        raise ConfigError([ConfigProblem(str(path), 0, "", "units need their city file", fix)])
    own = path.parent / "responsibility.yaml"
    responsibility = load_responsibility(own if own.is_file() else shipped("configs") / "responsibility.yaml")
    return f"units: {_count(load_units(path, load_city(city), responsibility).by_id, 'unit')}"


def _advisory(path: Path) -> str:
    return f"advisory letters: {_count(load_templates(path).templates, 'template')}"


def _count(items: Sized, what: str) -> str:
    number = len(items)
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
