"""The monthly situation report (形势分析), made of the same figures as the supervisor's page. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from central.names import Bilingual
from central.reports.cases import Case, Outcome
from central.reports.load import AlarmLoad
from central.reports.month import Month
from central.reports.paper import Block, Bullets, Grid, Heading, Language, Paper, Text
from central.reports.plots import Series, course, stacked
from central.reports.rows import key_of, name_of
from central.reports.situation_words import OUTCOMES, WORDS
from central.reports.sums import Share, Sums, Times, sum_up, table_of
from central.setup import Tables

_MOST_ROWS = 20
_MOST_POINTS = 12
_FEW = 5
_RISE = 1.5
_BEHIND = 0.10
_REOPENED = 0.10
_FALSE = 0.30


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made of.

    Attributes:
        tables: The city's tables.
        org: Whose part of the city; None for the root's.
        month: Which month.
        until: Where it ends: the month's end, or now.
        cases: The month's.
        before: The month before's, cut at the same day where this one is not over.
        load: What the desks had to bear.
        standing: Events open now.
        made: When the report is made.
    """

    tables: Tables
    org: str | None
    month: Month
    until: datetime
    cases: Sequence[Case]
    before: Sequence[Case]
    load: AlarmLoad
    standing: int
    made: datetime


def situation(material: Material, language: Language) -> Paper:
    """The report as a document."""
    return _Writer(material, language).paper()


class _Writer:
    def __init__(self, material: Material, language: Language) -> None:
        self._of = material
        self._language = language
        self._total = sum_up(material.cases)
        self._past = sum_up(material.before)

    def paper(self) -> Paper:
        of, zone = self._of, self._of.tables.zone
        city = of.tables.city
        org = self._name(city.orgs[of.org].name if of.org else city.root.name)
        last = (of.until - timedelta(seconds=1)).astimezone(zone)
        return Paper(
            title=self._say("title", org=org, month=of.month.said(self._language)),
            subtitle=self._say(
                "subtitle",
                since=f"{of.month.start(zone):%Y-%m-%d}",
                until=f"{last:%Y-%m-%d}",
                made=f"{of.made.astimezone(zone):%Y-%m-%d %H:%M}",
            ),
            language=self._language,
            blocks=self._blocks(),
            footer=self._say("footer"),
        )

    def _blocks(self) -> list[Block]:
        blocks: list[Block] = [Heading(self._say("overall"))]
        if not self._of.cases:
            return [*blocks, Text(self._say("none"))]
        blocks += [Text(self._summary()), self._compared(), Heading(self._say("course")), *self._over_time()]
        for title, by, head, plot in (
            ("classes", "place_class", "by_class", "plot_classes"),
            ("kinds", "kind", "by_kind", "plot_kinds"),
            ("orgs", "org", "by_org", ""),
            ("departments", "department", "by_department", ""),
        ):
            blocks += [Heading(self._say(title)), *self._part(by, head, plot)]
        blocks += [Heading(self._say("load")), Text(self._load()), self._sources()]
        points = self._points()[:_MOST_POINTS]
        blocks += [Heading(self._say("points")), Bullets(points) if points else Text(self._say("nothing"))]
        return [*blocks, Heading(self._say("method")), Text(self._say("how"), small=True)]

    def _say(self, word: str, **values: object) -> str:
        return WORDS[word][self._language == "en"].format(**values)

    def _name(self, name: Bilingual) -> str:
        return name.zh if self._language == "zh" else name.en

    def _row_name(self, by: str, key: str) -> str:
        return self._name(name_of(self._of.tables, by, key))

    def _summary(self) -> str:
        total, past = self._total, self._past
        said = self._say(
            "summary",
            received=total.received,
            filed=total.filed,
            closed=_closed(total),
            closing=_share(total.closing),
            in_time=_share(total.in_time),
            reopened=_share(total.reopened),
            returned=_share(total.returned),
            false_alarms=_share(total.false_alarms),
            transfers=total.transfers,
            pauses=total.pauses,
            alerts=total.alerts,
            ratio=f"{total.alerts / total.received:.1f}",
        )
        if not past.received:
            return said + self._gap() + self._say("level")
        change = (total.received - past.received) / past.received
        direction = self._say("up" if change >= 0 else "down")
        return (
            said
            + self._gap()
            + self._say("change", before=past.received, direction=direction, percent=f"{abs(change):.1%}")
        )

    def _gap(self) -> str:
        return " " if self._language == "en" else ""

    def _compared(self) -> Grid:
        def cells(sums: Sums) -> list[str]:
            return [
                str(sums.received),
                str(_closed(sums)),
                *(_share(part) for part in _shares(sums)),
                str(sums.transfers),
                str(sums.pauses),
                *(_times(part) for part in (sums.accept, sums.arrive, sums.close)),
            ]

        names = (
            "received", "closed", "closing", "in_time", "reopened", "returned", "false_alarms",
            "transfers", "pauses", "accept", "arrive", "close",
        )  # fmt: skip
        rows = zip(map(self._say, names), cells(self._total), cells(self._past), strict=True)
        head = [self._say(word) for word in ("measure", "this_month", "month_before")]
        return Grid(head, [list(row) for row in rows], (3, 2, 2))

    def _over_time(self) -> list[Block]:
        days: list[str] = []
        day = self._of.month.start(self._of.tables.zone)
        while day < self._of.until:
            days.append(f"{day:%Y-%m-%d}")
            day += timedelta(days=1)
        hours = [f"{hour:02}" for hour in range(24)]
        return [
            self._course("day", days, [one[5:] for one in days], "plot_days"),
            self._course("hour", hours, hours, "plot_hours"),
        ]

    def _course(self, by: str, keys: list[str], labels: list[str], caption: str) -> Block:
        rows = table_of(self._of.cases, key_of(self._of.tables, by, None))
        nothing = sum_up([])
        sums = [rows.get(key, nothing) for key in keys]
        received = Series(self._say("received"), [one.received for one in sums], "#4c8dff")
        closed = Series(self._say("closed"), [_closed(one) for one in sums], "#1a7a4c")
        return course(labels, received, closed, self._say(caption))

    def _part(self, by: str, head: str, plot: str) -> list[Block]:
        rows = table_of(self._of.cases, key_of(self._of.tables, by, self._of.org))
        named = [(self._row_name(by, key), sums) for key, sums in rows.items()]
        blocks: list[Block] = []
        if plot:
            shown = named[:_MOST_ROWS]
            series = [
                Series(words[self._language == "en"], [sums.outcomes[outcome] for _, sums in shown], words[2])
                for outcome, words in OUTCOMES.items()
            ]
            blocks.append(stacked([name for name, _ in shown], series, self._say(plot)))
        blocks.append(self._scores(head, named))
        return blocks

    def _scores(self, head: str, named: list[tuple[str, Sums]]) -> Grid:
        """Closing rates never stand alone: reopened, returned, transfers and pauses beside them."""
        lines = [*named, (self._say("total"), self._total)]
        rows = [
            [
                name,
                str(sums.received),
                *(_share(part, "\n") for part in _shares(sums)),
                f"{sums.transfers} / {sums.pauses}",
                _times(sums.close),
            ]
            for name, sums in lines
        ]
        columns = ("closing", "in_time", "reopened", "returned", "false_alarms")
        titles = [self._say(head), self._say("received"), *map(self._say, columns)]
        titles += [f"{self._say('transfers')}\n/ {self._say('pauses')}", self._say("close")]
        return Grid(titles, rows, (2.9, 1.6, 1.8, 1.7, 1.7, 1.6, 1.7, 1.7, 2.6), total=True)

    def _load(self) -> str:
        load = self._of.load
        colours = [load.colours.get(colour, 0) for colour in ("red", "yellow", "blue")]
        whole = sum(colours)
        return self._say(
            "load_text",
            mean=f"{load.mean:.2f}",
            most=load.most,
            floods=load.floods,
            slots=load.slots,
            standing=self._of.standing,
            colours=" : ".join(f"{100 * one / whole:.0f}" for one in colours) if whole else "-",
        )

    def _sources(self) -> Grid:
        load = self._of.load
        rows = [
            [
                f"{self._row_name('place', place)} · {self._row_name('kind', kind)}",
                str(count),
                f"{count / load.alarms:.1%}",
            ]
            for (place, kind), count in load.top
        ]
        share = f"{load.top_share / load.alarms:.1%}" if load.alarms else "-"
        rows.append([self._say("these"), str(load.top_share), share])
        return Grid([self._say(word) for word in ("source", "events", "share")], rows, (5, 1, 1), total=True)

    def _points(self) -> list[str]:
        return [*self._rising(), *self._behind(), *self._reopened(), *self._false(), *self._repeats()]

    def _rising(self) -> Iterable[str]:
        def count(cases: Sequence[Case]) -> Counter[str]:
            return Counter(case.subject.kind for case in cases)

        past = count(self._of.before)
        for kind, now in count(self._of.cases).most_common():
            before = past.get(kind, 0)
            if now >= _FEW and before and now >= _RISE * before:
                yield self._say("rising", name=self._row_name("kind", kind), now=now, before=before)

    def _behind(self) -> Iterable[str]:
        total = self._total.in_time
        for by in ("org", "department"):
            for name, sums in self._rows(by):
                own = sums.in_time
                if own.of >= _FEW and total.of and own.part / own.of < total.part / total.of - _BEHIND:
                    yield self._say("late", name=name, total=_percent(total), **_said(own))

    def _reopened(self) -> Iterable[str]:
        for name, sums in self._rows("org"):
            own = sums.reopened
            if own.of >= _FEW and own.part / own.of > _REOPENED:
                yield self._say("again", name=name, **_said(own))

    def _false(self) -> Iterable[str]:
        for name, sums in self._rows("camera"):
            own = sums.false_alarms
            if name != "-" and own.of >= _FEW and own.part / own.of > _FALSE:
                yield self._say("false", name=name, **_said(own))

    def _repeats(self) -> Iterable[str]:
        found = Counter((case.subject.place, case.subject.kind) for case in self._of.cases)
        for (place, kind), count in found.most_common():
            if count >= _FEW:
                names = {"place": self._row_name("place", place), "kind": self._row_name("kind", kind)}
                yield self._say("repeats", count=count, **names)

    def _rows(self, by: str) -> list[tuple[str, Sums]]:
        rows = table_of(self._of.cases, key_of(self._of.tables, by, self._of.org))
        return [(self._row_name(by, key), sums) for key, sums in rows.items()]


def _closed(sums: Sums) -> int:
    return sums.outcomes[Outcome.IN_TIME] + sums.outcomes[Outcome.LATE]


def _shares(sums: Sums) -> tuple[Share, ...]:
    return sums.closing, sums.in_time, sums.reopened, sums.returned, sums.false_alarms


def _percent(share: Share) -> str:
    return f"{share.part / share.of:.1%}" if share.of else "-"


def _share(share: Share, gap: str = " ") -> str:
    return f"{_percent(share)}{gap}({share.part}/{share.of})"


def _said(share: Share) -> dict[str, object]:
    return {"share": _percent(share), "part": share.part, "of": share.of}


def _times(times: Times) -> str:
    return f"{_span(times.p50_s)} / {_span(times.p95_s)}"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} d"
