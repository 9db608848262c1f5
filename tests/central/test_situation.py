"""The monthly situation report: its sums, its points, its two files in two languages."""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta

import docx
import pytest
from pypdf import PdfReader

from central.reports.cases import Case, Outcome, Subject
from central.reports.fonts import FILE, MISSING, printable
from central.reports.load import Arrival, alarm_load
from central.reports.month import Month
from central.reports.paper import Bullets, Grid, Heading, Paper, Picture, Text
from central.reports.paper_docx import to_docx
from central.reports.paper_pdf import to_pdf
from central.reports.situation import Material, situation
from central.setup import Tables

MONTH = Month(2026, 2)


def case(number: int, outcome: Outcome, received: datetime, **more: object) -> Case:
    subject = {
        "event_id": number,
        "place": "ring-road",
        "place_class": "road",
        "kind": "no_stopping",
        "item": 13,
        "colour": "blue",
        "org": "station-square",
        "camera": "demo/box-1/cam-1",
        "received": received,
        "alerts": 4,
        "episodes": 2,
        **more,
    }
    closed = 3600.0 if outcome in {Outcome.IN_TIME, Outcome.LATE} else None
    return Case(Subject(**subject), outcome, 60.0, 600.0, closed, 0, 0, 1, 0)  # type: ignore[arg-type]


def material(tables: Tables, cases: Sequence[Case], before: Sequence[Case] = ()) -> Material:
    start = MONTH.start(tables.zone)
    until = MONTH.after.start(tables.zone)
    arrivals = [
        Arrival(one.subject.received, one.subject.colour, (one.subject.place, one.subject.kind))
        for one in cases
    ]
    load = alarm_load(arrivals, start, until)
    return Material(tables, None, MONTH, until, cases, before, load, standing=3, made=until)


@pytest.fixture
def busy(tables: Tables) -> Material:
    start = MONTH.start(tables.zone)
    outcomes = [*[Outcome.IN_TIME] * 8, *[Outcome.LATE] * 3, Outcome.OPEN_LATE, *[Outcome.FALSE_ALARM] * 6]
    cases = [
        case(number, outcome, start + timedelta(hours=7 * number)) for number, outcome in enumerate(outcomes)
    ]
    cases += [
        case(
            100 + number,
            Outcome.IN_TIME,
            start + timedelta(days=number),
            place="lake-promenade",
            place_class="park",
            kind="water_edge",
            item=9,
            org="willow",
            camera="demo/box-1/cam-2",
        )
        for number in range(12)
    ]
    before = [case(900 + number, Outcome.IN_TIME, start - timedelta(days=1)) for number in range(4)]
    return material(tables, cases, before)


def told(paper: Paper) -> str:
    parts: list[str] = []
    for block in paper.blocks:
        if isinstance(block, Heading | Text):
            parts.append(block.text)
        elif isinstance(block, Bullets):
            parts.extend(block.points)
        elif isinstance(block, Grid):
            parts.extend(cell for row in [block.head, *block.rows] for cell in row)
    return "\n".join(parts)


def test_the_parts_of_every_table_add_up(busy: Material) -> None:
    grids = [one for one in situation(busy, "zh").blocks if isinstance(one, Grid) and one.total]
    assert len(grids) == 5
    for grid in grids:
        *rows, total = grid.rows
        assert sum(int(row[1]) for row in rows) == int(total[1]) == 30


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ["“违停”", "按期率", "误报率 35.3%（6/17）", "上升 650.0%", "平安提示函"]),
        ("en", ["18 events after 4 the month before", "35.3% (6/17) false alarms", "up 650.0%", "advisory"]),
    ],
)
def test_what_needs_attention_is_said(busy: Material, language: str, said: list[str]) -> None:
    text = told(situation(busy, language))  # type: ignore[arg-type]
    missing = [one for one in said if one not in text.replace("“违规停车”", "“违停”")]
    assert missing == []
    assert "{" not in text


def test_a_month_without_events(tables: Tables) -> None:
    text = told(situation(material(tables, []), "en"))
    assert "There were no events" in text
    assert to_pdf(situation(material(tables, []), "zh"), datetime(2026, 3, 1)).startswith(b"%PDF")  # noqa: DTZ001


@pytest.mark.parametrize(("language", "word"), [("zh", "平安形势分析报告"), ("en", "Situation report")])
def test_both_files_hold_the_report(busy: Material, language: str, word: str) -> None:
    paper = situation(busy, language)  # type: ignore[arg-type]
    plots = sum(isinstance(block, Picture) for block in paper.blocks)
    written = docx.Document(io.BytesIO(to_docx(paper, busy.made)))
    assert word in written.core_properties.title
    assert len(written.inline_shapes) == plots == 4
    assert len(written.tables) == 6
    printed = PdfReader(io.BytesIO(to_pdf(paper, busy.made)))
    text = "".join(page.extract_text() for page in printed.pages)
    assert word in text.replace("\n", "")
    assert sum(len(page.images) for page in printed.pages) == plots
    [font] = {
        str(font["/BaseFont"]).rpartition("+")[2]
        for page in printed.pages
        for name, one in page["/Resources"]["/Font"].items()  # type: ignore[index]
        if "PlacewatchSansSC" in str((font := one.get_object())["/BaseFont"])
    }
    assert font == "PlacewatchSansSC"


def test_hostile_and_rare_characters_are_text(busy: Material) -> None:
    hostile = "<b>&x</b>\x00\ud800 𠮷{0}"
    paper = Paper(hostile, "", "zh", [Text(hostile), Grid([hostile], [[hostile]], [1])], hostile)
    text = PdfReader(io.BytesIO(to_pdf(paper, busy.made))).pages[0].extract_text()
    assert f"<b>&x</b> {MISSING}{{0}}" in text
    written = docx.Document(io.BytesIO(to_docx(paper, busy.made)))
    assert written.paragraphs[0].text == "<b>&x</b> 𠮷{0}"
    assert printable("平安 Placewatch") == "平安 Placewatch"
    assert FILE.stat().st_size < 2_500_000


@pytest.mark.parametrize(
    ("text", "before", "after"), [("2026-01", "2025-12", "2026-02"), ("2026-12", "2026-11", "2027-01")]
)
def test_months_follow_each_other(text: str, before: str, after: str) -> None:
    month = Month.parse(text)
    assert (str(month.before), str(month), str(month.after)) == (before, text, after)
    with pytest.raises(ValueError, match="no month"):
        Month.parse("2026-13")
