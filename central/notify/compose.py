"""From entries of a timeline to notices: pure."""

from collections.abc import Iterator, Sequence

import msgspec

from central.events.chain import Entry
from central.events.facts import EventFacts
from central.events.guards import chain_of
from central.events.vocabulary import STATE_NAMES, VERB_NAMES
from central.names import Bilingual, same
from central.notify.outbox import Content, Notice, Text
from central.notify.rules import Pattern
from central.setup import Tables


def notices(event: EventFacts, entries: Sequence[Entry], tables: Tables) -> Iterator[Notice]:
    """What the city's rules send of these new entries; a channel is told once of a change, by its last word.

    Args:
        event: The event afterwards.
        entries: What was added to its timeline.
        tables: Rules, names, texts.
    """
    rules = tables.notifications
    told: set[str] = set()
    for entry in reversed(entries):
        if entry.verb not in rules.verbs:
            continue
        orgs = chain_of(event.home or event.org, tables.city)
        for rule in rules.matching(entry.verb, event.colour, event.kind, orgs):
            for channel in rule.to:
                if channel not in told:
                    told.add(channel)
                    yield _notice(event, entry, tables, channel, rule.id)


def _notice(event: EventFacts, entry: Entry, tables: Tables, channel: str, rule: str) -> Notice:
    key = f"{event.number}-{entry.number}-{channel}"
    content = Content(
        id=key,
        event=event.id,
        number=event.number,
        verb=str(entry.verb),
        colour=str(event.colour),
        kind=event.kind,
        state=str(event.state),
        place=event.place,
        org=event.org,
        at=entry.at,
        zh=_text(event, entry, tables, "zh"),
        en=_text(event, entry, tables, "en"),
    )
    return Notice(
        key=key,
        channel=channel,
        rule=rule,
        event_id=event.id,
        verb=str(entry.verb),
        payload=msgspec.json.encode(content).decode(),
        created=entry.at,
    )


def _text(event: EventFacts, entry: Entry, tables: Tables, language: str) -> Text:
    words = {name: _in(language, word) for name, word in _words(event, entry, tables).items()}
    texts = tables.notifications.file.texts

    def fill(pattern: Pattern) -> str:
        return str(getattr(pattern, language)).format_map(words)

    return Text(subject=" ".join(fill(texts.subject).split()), body=fill(texts.body))


def _in(language: str, word: Bilingual | str) -> str:
    return word if isinstance(word, str) else str(getattr(word, language))


def _words(event: EventFacts, entry: Entry, tables: Tables) -> dict[str, Bilingual | str]:
    city = tables.city
    place = city.places.get(event.place)
    item = tables.responsibility.by_number.get(event.item)
    org = city.orgs.get(event.org)
    limits = item.limits.model_dump(exclude_none=True).values() if item else ()
    reason = msgspec.json.decode(entry.data).get("reason")
    return {
        "colour": tables.grading.colours[event.colour],
        "kind": tables.responsibility.kind_name(event.kind),
        "place": place.name if place else same(event.address or event.place),
        "zone": (place.zones.get(event.zone) if place else None) or event.zone,
        "org": org.name if org else event.org,
        "number": event.number,
        "state": STATE_NAMES[event.state],
        "verb": VERB_NAMES[entry.verb],
        "item": item.name if item else "-",
        "limits": "/".join(limits) or "-",
        "reason": f"{reason} " if reason else "",
        "time": f"{entry.at.astimezone(tables.zone):%Y-%m-%d %H:%M:%S}",
    }
