"""Whatever the order, the repeats and the batches: the same facts."""

from collections.abc import Sequence

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from central.events.facts import EpisodeFacts, EventFacts
from central.ingest.fold import Books, fold, keys_without_event
from central.ingest.join import Arrival, Picture
from central.setup import Tables
from messages import Alert, Kind, Phase
from tests.central.speech import BOX, Box, at

ORDER_OF_BIRTH = {"id", "number", "received", "entries", "head", "config_version"}
"""What may tell which alert came first."""


def take(books: Books, alerts: Sequence[Alert], tables: Tables, seen: set[str]) -> Books:
    """One batch without a store: what the inbox lets through is folded."""
    arrivals = []
    for alert in alerts:
        if alert.id in seen:
            continue
        seen.add(alert.id)
        picture = Picture(f"picture-{alert.id}", alert.time) if alert.seq % 2 else None
        arrivals.append(
            Arrival(1, BOX.site, BOX.box, alert, at(5000), late=alert.seq % 3 == 0, picture=picture)
        )
    books = Books(books.episodes, books.events)
    first = max(books.events, default=0) + 1
    keys = keys_without_event(arrivals, books)
    books.new_ids = {key: first + number for number, key in enumerate(keys)}
    fold(arrivals, books, tables)
    assert not books.refused
    return books


def outcome(
    batches: Sequence[Sequence[Alert]], tables: Tables
) -> tuple[dict[str, EpisodeFacts], dict[tuple[str, ...], dict[str, object]]]:
    """Episodes and events, without what may tell the order."""
    books, seen = Books({}, {}), set[str]()
    for batch in batches:
        books = take(books, batch, tables, seen)
    episodes = {key[1]: replace(facts, event_id=0) for key, facts in books.episodes.items()}
    return episodes, {facts.key: plain(facts) for facts in books.events.values()}


def plain(facts: EventFacts) -> dict[str, object]:
    return {name: value for name, value in asdict(facts).items() if name not in ORDER_OF_BIRTH}


@st.composite
def histories(draw: st.DrawFn) -> list[Alert]:
    """What one box has to say: episodes with updates, ends and returns, numbered as they were made."""
    box = Box()
    alerts = []
    for episode in range(draw(st.integers(1, 5))):
        zone = draw(st.sampled_from(["kerb", "carriageway"]))
        kind = draw(st.sampled_from([Kind.NO_STOPPING, Kind.CROWD_DENSITY]))
        moment = draw(st.integers(0, 500))
        started = moment
        phases = [Phase.OPENED, *draw(st.lists(st.sampled_from([Phase.UPDATED, Phase.CLOSED]), max_size=5))]
        for phase in phases:
            alerts.append(
                box.alert(
                    phase,
                    alert_id=f"e{episode}",
                    zone=zone,
                    kind=kind,
                    camera=draw(st.sampled_from(["cam-1", "cam-2"])),
                    seconds=moment,
                    started=started,
                    count=draw(st.integers(0, 40)),
                    limit=draw(st.sampled_from([None, 10, 20])),
                )
            )
            moment += draw(st.integers(0, 1500))
    return alerts


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), history=histories())
def test_order_repeats_and_batches_do_not_matter(
    tables: Tables, data: st.DataObject, history: list[Alert]
) -> None:
    straight = outcome([history], tables)
    repeats = data.draw(st.lists(st.sampled_from(history), max_size=5))
    shuffled = data.draw(st.permutations([*history, *repeats]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    assert outcome(batches, tables) == straight


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_figures_add_up(tables: Tables, history: list[Alert]) -> None:
    episodes, events = outcome([history], tables)
    assert sum(event["alerts"] for event in events.values()) == len(history)  # type: ignore[misc]
    assert sum(facts.messages for facts in episodes.values()) == len(history)
    for key, event in events.items():
        mine = [facts for facts in episodes.values() if (facts.place, facts.zone, facts.kind) == key]
        assert event["episodes"] == len(mine)
        assert event["open_episodes"] == sum(facts.open for facts in mine)
        assert (event["cleared_at"] is None) == any(facts.open for facts in mine)


def test_closed_before_opened(tables: Tables) -> None:
    box = Box()
    opened, closed = box.alert(Phase.OPENED), box.alert(Phase.CLOSED, seconds=60)
    assert outcome([[closed], [opened]], tables) == outcome([[opened], [closed]], tables)
    _, events = outcome([[closed], [opened]], tables)
    assert [event["cleared_at"] for event in events.values()] == [at(60)]


def test_a_return_within_the_episode_opens_it_again(tables: Tables) -> None:
    box = Box()
    history = [
        box.alert(Phase.OPENED),
        box.alert(Phase.CLOSED, seconds=60),
        box.alert(Phase.UPDATED, seconds=70),
    ]
    for order in (history, history[::-1]):
        _, events = outcome([order], tables)
        [event] = events.values()
        assert (event["cleared_at"], event["open_episodes"], event["episodes"]) == (None, 1, 1)


def test_equal_numbers_are_settled_by_the_message_id(tables: Tables) -> None:
    box = Box()
    one = box.alert(Phase.CLOSED, seconds=1, seq=7)
    two = msgspec.structs.replace(box.alert(Phase.UPDATED, seconds=1, seq=7), id="another")
    assert outcome([[one, two]], tables) == outcome([[two, one]], tables)


def test_tables_give_place_class_and_colour(tables: Tables) -> None:
    box = Box()
    long = [box.alert(Phase.OPENED), box.alert(Phase.UPDATED, seconds=3600)]
    _, events = outcome([long], tables)
    [event] = events.values()
    assert (event["colour"], event["colour_rule"]) == ("yellow", "stopping-for-long")
