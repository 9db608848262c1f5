"""Events and actors for tests of the life cycle."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec.structs import replace

from central.events.ask import Ask
from central.events.facts import EventFacts
from central.events.vocabulary import Act, Colour, EventState, Loop
from central.people.actor import Actor, Grant, Role
from central.setup import Tables, load_tables
from messages import PlaceClass
from tests.central.conftest import config_of
from tests.central.speech import at


@cache
def city_tables() -> Tables:
    """The test city."""
    with TemporaryDirectory() as folder:
        return load_tables(config_of(Path(folder)))


def actor(name: str, role: Role, org: str = "demo-city", unit: str | None = None) -> Actor:
    """Somebody with one role."""
    return Actor(name, (Grant(role, org),), unit)


OPERATOR = actor("li", Role.OPERATOR, "station-square")
SUPERVISOR = actor("wang", Role.SUPERVISOR, "newtown")
RESPONDER = actor("zhao", Role.RESPONDER, "newtown", "traffic-1")


def event(**fields: Any) -> EventFacts:  # noqa: ANN401 - any of its fields
    """A filed event of an illegally stopped car at the ring road."""
    plain = EventFacts(
        id=1,
        number="20251123-000001",
        place="ring-road",
        place_class=PlaceClass.ROAD,
        zone="kerb",
        kind="no_stopping",
        item=13,
        state=EventState.FILED,
        open=True,
        colour=Colour.BLUE,
        colour_rule="default",
        org="station-square",
        grid="station-01",
        site="demo",
        box="box-1",
        camera="cam-1",
        latest_at=at(0),
        latest_id="m1",
        count=1,
        peak_count=1,
        confidence=0.8,
        alerts=1,
        episodes=1,
        open_episodes=1,
        first_seen=at(0),
        last_seen=at(0),
        received=at(1),
        last_received=at(1),
        entries=2,
        config_version="v1",
        home="station-square",
        loop=Loop.SELF,
        filed_at=at(1),
    )
    return replace(plain, **fields)


def ask(act: Act, who: Actor, seconds: float = 60, **said: Any) -> Ask:  # noqa: ANN401 - any field
    """An act, so many seconds after noon."""
    return Ask(act, who, at(0) + timedelta(seconds=seconds), **said)
