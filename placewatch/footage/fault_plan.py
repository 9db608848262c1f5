"""Which fault happens when, to which camera: told on the command line or in a file, done by the server."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Protocol

from pydantic import Field

from placewatch.clock import Clock
from placewatch.config import Settings, load
from placewatch.errors import UsageError
from placewatch.footage.clip import Clip
from placewatch.footage.faults import Faults, Times
from placewatch.logs import get_logger

EVERY_CAMERA = "*"

_SPEC = re.compile(
    r"(?:(?P<stream>[^=@+]+):)?(?P<fault>[a-z-]+)(?:=(?P<value>.+?))?"
    r"(?:@(?P<at_s>[\d.]+))?(?:\+(?P<for_s>[\d.]+))?(?:/(?P<every_s>[\d.]+))?"
)


class Fault(Settings):
    """One fault and its times."""

    fault: str
    """Its name; `placewatch footage faults` lists them."""
    stream: str = EVERY_CAMERA
    """The camera that has it; `*` for all of them."""
    value: str | float | None = None
    """How much, or what: the list says."""
    at_s: float = Field(0.0, ge=0)
    """Seconds after the server's start at which it begins."""
    for_s: float | None = Field(None, gt=0)
    """Seconds that it lasts; for good unless given."""
    every_s: float | None = Field(None, gt=0)
    """It comes again after so many seconds, counted from its beginning."""


class FaultFile(Settings):
    """A file of faults."""

    faults: tuple[Fault, ...]
    """What happens, in any order."""


class Cameras(Protocol):
    """What faults happen to (see `placewatch.footage.server.ReplayServer`)."""

    clock: Clock

    def faults(self, name: str) -> Faults:
        """What is wrong with a camera now."""
        ...

    def disconnect(self, name: str) -> None:
        """Throw out everybody who watches a camera, once."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """What one fault does.

    Attributes:
        does: In words.
        value: What its value means; empty when it takes none.
        field: Which field of `Faults` it changes; empty for a moment that changes none.
        bad: To what, where it takes no value.
        good: What the field says when it is over.
    """

    does: str
    value: str = ""
    field: str = ""
    bad: object = True
    good: object = False


KINDS: dict[str, Kind] = {
    "stall": Kind("sends nothing, the connection stays", "", "stalled"),
    "away": Kind("hangs up and refuses, as while it restarts", "", "disconnect"),
    "teardown": Kind("hangs up once"),
    "loss": Kind("packets never arrive", "share", "loss", good=0.0),
    "corrupt": Kind("packets arrive damaged", "share", "corrupt", good=0.0),
    "bursts": Kind("pictures come all at once, this often", "seconds", "burst_s", good=0.0),
    "clock-jump": Kind("timestamps jump by so much", "seconds", "skew_s", good=0.0),
    "wrap": Kind("the 32 bits of RTP time wrap so long after its start", "seconds", "wrap_s", good=None),
    "frozen-times": Kind("every timestamp is the same", "", "times", Times.FROZEN, Times.TRUE),
    "random-times": Kind("timestamps are noise", "", "times", Times.RANDOM, Times.TRUE),
    "backward-times": Kind("timestamps run back", "", "times", Times.BACKWARDS, Times.TRUE),
    "switch": Kind("sends that camera's pictures on the same session", "stream", "instead", good=None),
    "audio": Kind("has a sound track, too", "", "audio"),
}
"""Every fault by its name."""


def parse(text: str) -> Fault:
    """``[STREAM:]FAULT[=VALUE][@START][+LENGTH][/EVERY]``, times in seconds, such as ``gate:stall@10+5/60``.

    Raises:
        UsageError: It is not written like this.
    """
    match = _SPEC.fullmatch(text)
    if match is None:
        raise _wrong(text, "not a fault", "write [STREAM:]FAULT[=VALUE][@START][+LENGTH][/EVERY]")
    given = {key: value for key, value in match.groupdict().items() if value is not None}
    try:
        return Fault.model_validate(given)
    except ValueError as error:
        raise _wrong(text, "its times are no numbers above zero", "as in stall@10+5/60") from error


def read_plan(file: Path) -> list[Fault]:
    """The faults of a YAML file.

    Raises:
        ConfigError: It is not one.
    """
    return list(load(file, FaultFile).faults)


def check(faults: Iterable[Fault], streams: Mapping[str, Clip]) -> list["Event"]:
    """What will happen, checked against what is served.

    Raises:
        UsageError: A fault, camera or value that does not exist.
    """
    return [event for fault in faults for event in _events(fault, streams)]


@dataclass(frozen=True, slots=True)
class Event:
    """One fault of one camera."""

    name: str
    stream: str
    value: object
    at_s: float
    for_s: float | None
    every_s: float | None


def _events(fault: Fault, streams: Mapping[str, Clip]) -> list[Event]:
    kind = KINDS.get(fault.fault)
    if kind is None:
        raise _wrong(fault.fault, "no such fault", f"one of {', '.join(KINDS)}")
    if fault.stream != EVERY_CAMERA and fault.stream not in streams:
        raise _wrong(fault.stream, "no such camera", f"one of {', '.join(streams)}, or * for all")
    if fault.every_s and fault.for_s and fault.for_s >= fault.every_s:
        raise _wrong(fault.fault, "it comes again before it has ended", "let it last shorter than its period")
    value = _value(fault, kind, streams)
    names = list(streams) if fault.stream == EVERY_CAMERA else [fault.stream]
    return [Event(fault.fault, name, value, fault.at_s, fault.for_s, fault.every_s) for name in names]


def _value(fault: Fault, kind: Kind, streams: Mapping[str, Clip]) -> object:
    if not kind.value:
        if fault.value is not None:
            raise _wrong(fault.fault, "it takes no value", f"write {fault.fault} alone")
        return None
    if kind.value == "stream":
        clip = streams.get(str(fault.value))
        if clip is None:
            raise _wrong(f"{fault.fault}={fault.value}", "no such camera", f"one of {', '.join(streams)}")
        return clip
    example = "0.05" if kind.value == "share" else "3600"
    try:
        number = float(fault.value if fault.value is not None else "nothing")
    except ValueError as error:
        raise _wrong(
            fault.fault, f"its value, a {kind.value}, is missing", f"as in {fault.fault}={example}"
        ) from error
    if kind.value == "share" and not 0 <= number <= 1:
        raise _wrong(fault.fault, "a share lies between 0 and 1", f"as in {fault.fault}={example}")
    return number


def _wrong(where: str, message: str, remedy: str) -> UsageError:
    return UsageError(message, where=f"--fault {where}", remedy=remedy)


async def carry_out(events: Iterable[Event], cameras: Cameras) -> None:
    """Let everything happen in its time, beginning now; ends when nothing more will.

    Args:
        events: See `check`.
        cameras: To whom.
    """
    begun = cameras.clock.monotonic()
    # The number keeps equal times in order, and events from being compared.
    agenda = [(event.at_s, number, event, True) for number, event in enumerate(events)]
    heapify(agenda)
    while agenda:
        at, number, event, begins = heappop(agenda)
        if (early := begun + at - cameras.clock.monotonic()) > 0:
            await asyncio.sleep(early)
        _happen(event, cameras, begins=begins)
        if begins and event.for_s is not None:
            heappush(agenda, (at + event.for_s, number, event, False))
        if begins and event.every_s is not None:
            heappush(agenda, (at + event.every_s, number, event, True))


def _happen(event: Event, cameras: Cameras, *, begins: bool) -> None:
    kind, faults = KINDS[event.name], cameras.faults(event.stream)
    if not kind.field:
        cameras.disconnect(event.stream)
    elif begins:
        setattr(faults, kind.field, event.value if kind.value else kind.bad)
    else:
        setattr(faults, kind.field, kind.good)
    logger = get_logger(stream=event.stream)
    logger.info("fault begins" if begins else "fault ends", fault=event.name)
