"""The whole examination, with or without a configuration."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from placewatch.doctor import machine
from placewatch.doctor.finding import Check, Finding, guarded, ok
from placewatch.document import read
from placewatch.errors import ConfigError, ConfigProblem
from placewatch.paths import cache_dir

if TYPE_CHECKING:
    from edge.config import BoxConfig


@dataclass(frozen=True, slots=True)
class Step:
    """One check of the examination.

    Attributes:
        name: What is looked at.
        check: Does it.
    """

    name: str
    check: Check


def examine(steps: list[Step], tell: Callable[[str], None]) -> Iterator[Finding]:
    """Run the steps in order; one that breaks is a finding and does not stop the others.

    Args:
        steps: See `plan`.
        tell: Told the name of each step before it begins.
    """
    for step in steps:
        tell(step.name)
        yield from guarded(step.name, step.check)


def plan(config: Path | None) -> list[Step]:
    """What to look at.

    Args:
        config: A box's or central's configuration; None looks at the machine alone.

    Raises:
        ConfigError: The configuration is faulty, or neither a box's nor central's.
    """
    steps = [Step("python", machine.python), Step("packages", machine.packages)]
    if config is None:
        return [*steps, *_video(), *_detection(None), *_rest([cache_dir()]), _any_port()]
    from placewatch.config_forms import forms, recognise

    form = recognise(read(config), forms()).name
    if form == "box":
        return [*steps, *_box(config)]
    if form == "central":
        return [*steps, *_central(config)]
    problem = ConfigProblem(
        str(config), 0, "", f"a {form} file names no servers", "give box.yaml or central.yaml"
    )
    raise ConfigError([problem])


def _video(box: "BoxConfig | None" = None) -> list[Step]:
    def codecs() -> Iterator[Finding]:
        from placewatch.doctor import media

        yield from media.codecs()
        if box is not None:
            from edge.watching import hardware

            if wanted := hardware(box):
                yield from media.hardware(wanted)

    return [Step("codecs", codecs)]


def _detection(config: Path | None) -> list[Step]:
    """Imported by each step itself: onnxruntime may be what is broken."""

    def each(which: str) -> Iterator[Finding]:
        from edge.config import Detector, load_box
        from placewatch.doctor import inference

        box = load_box(config) if config else None
        detector = box.detector if box else Detector()
        if which == "providers":
            yield from inference.providers(detector)
        elif which == "models":
            yield from inference.models()
        else:
            yield from inference.inference(detector, box)

    return [Step(name, partial(each, name)) for name in ("providers", "models", "inference")]


def _rest(folders: list[Path]) -> list[Step]:
    return [Step("clock", machine.clock), Step("disk", lambda: machine.disk(folders))]


def _any_port() -> Step:
    return Step("port", lambda: machine.port("127.0.0.1", 0, "port"))


def _box(config: Path) -> list[Step]:
    from edge.config import load_box
    from placewatch.doctor import links

    box = load_box(config)
    broker = links.BrokerAddress(
        box.broker.host,
        box.broker.port,
        box.broker.username,
        box.broker.password,
        f"pw/v1/{box.site}/{box.box}/doctor",
        box.broker.tls,
    )
    spool = config.parent / box.spool.path
    return [
        _good(config, "box"),
        *_video(box),
        *_detection(config),
        *_rest([spool.parent]),
        Step("broker", lambda: links.broker(broker)),
        Step("cameras", lambda: links.cameras(box)),
    ]


def _central(config: Path) -> list[Step]:
    from central.setup import load_central
    from placewatch.doctor import links

    central, _ = load_central(config)
    broker = links.BrokerAddress(
        central.broker.host,
        central.broker.port,
        central.broker.username,
        central.broker.password,
        f"pw/v1/{central.broker.client_id}/central/doctor",
        central.broker.tls,
    )
    http = central.http
    return [
        _good(config, "central"),
        *_rest([central.evidence] if isinstance(central.evidence, Path) else []),
        *([] if isinstance(central.evidence, Path) else [Step("evidence", lambda: links.evidence(central))]),
        Step("broker", lambda: links.broker(broker)),
        Step("database", lambda: links.database(central.database)),
        Step("port", lambda: machine.port(http.host, http.port, "http.port")),
    ]


def _good(config: Path, form: str) -> Step:
    return Step("config", lambda: iter([ok("config", f"{config} is a good {form} file")]))
