"""Filters of the list, and what is taken out: CSV that no spreadsheet runs, CAP 1.2 in its own order."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from lxml import etree

from central.api.exports import CAP, cell
from central.setup import Tables
from tests.central.conftest import Office
from tests.central.test_verbs import problem
from tests.central.town import Town, town_of

HERE = [117.2050, 30.5050]


@pytest.fixture
def town(office: Office, tables: Tables) -> Iterator[Town]:
    with town_of(office, tables) as made:
        made.alert()
        for source, item, summary in (
            ("resident", 16, "=HYPERLINK(1)"),
            ("hotline", 20, "a tree, 100 % down"),
        ):
            body = {"source": source, "item": item, "summary": summary, "point": HERE}
            answer = made.client.post("/api/v1/reports", json=body, headers=made.who("li"))
            assert answer.status_code == 201, answer.text
        yield made


def numbers(town: Town, **query: object) -> set[int]:
    answer = town.client.get("/api/v1/events", params=dict(query), headers=town.who("wang"))  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return {item["id"] for item in answer.json()["items"]}


FILTERS: list[tuple[dict[str, object], set[int]]] = [
    ({"org": "station-square"}, {1, 2, 3}),
    ({"org": ["newtown", "willow"]}, {1, 2, 3}),
    ({"org": "willow"}, set()),
    ({"place_class": "road"}, {1}),
    ({"item": 16}, {2}),
    ({"source": ["resident", "hotline"]}, {2, 3}),
    ({"kind": "fallen_tree_or_cable"}, {3}),
    ({"colour": "red"}, {3}),
    ({"state": "reported"}, {2}),
    ({"text": "TREE"}, {3}),
    ({"text": "100 %"}, {3}),
    ({"text": "_"}, set()),
    ({"text": "环城"}, {1}),
    ({"text": "20251123-000002"}, {2}),
    ({"since": "2025-11-23T04:00:30Z"}, {2, 3}),
    ({"until": "2025-11-23T12:00:30+08:00"}, {1}),
]


def test_filters(town: Town) -> None:
    for query, expected in FILTERS:
        assert numbers(town, **query) == expected, query
    wrong: tuple[tuple[dict[str, str], str], ...] = (
        ({"org": "nowhere"}, "query.org.0"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "query.since"),
        ({"until": "2025-11-23T12:00:30"}, "query.until"),
        ({"place_class": "prison"}, "query.place_class.0"),
    )
    for given, field in wrong:
        answer = town.client.get("/api/v1/events", params=given, headers=town.who("wang"))
        said: Any = problem(answer, 422)
        assert [error["field"] for error in said["errors"]] == [field]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_other_cells_are_as_they_are() -> None:
    assert [cell(value) for value in (-1.5, 3, None, "a=b", "湖")] == ["-1.5", "3", "", "a=b", "湖"]


def test_csv(town: Town) -> None:
    answer = town.client.get("/api/v1/events.csv?order=created", headers=town.who("wang"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == [f"20251123-00000{n}" for n in (3, 2, 1)]
    assert (rows[1]["summary"], rows[0]["summary"]) == ("'=HYPERLINK(1)", "a tree, 100 % down")
    assert (rows[2]["place_name"], rows[2]["alerts"], rows[2]["summary"]) == ("环城路", "1", "")
    only = town.client.get("/api/v1/events.csv?item=16", headers=town.who("wang"))
    assert only.text.count("\r\n") == 2
    elsewhere = town.client.get("/api/v1/events.csv", headers=town.who("chen"))
    assert elsewhere.text.count("\r\n") == 1


ALERT = [
    "identifier",
    "sender",
    "sent",
    "status",
    "msgType",
    "scope",
    "restriction",
    "incidents",
    "info",
    "info",
]
INFO = [
    "language", "category", "event", "urgency", "severity", "certainty", "onset", "senderName", "headline",
    "description", "parameter", "parameter", "parameter", "area",
]  # fmt: skip
"""In the order of the CAP 1.2 schema."""


def cap(town: Town, event: int) -> Element:
    answer = town.client.get(f"/api/v1/events/{event}/cap", headers=town.who("wang"))
    assert answer.headers["content-type"] == "application/cap+xml"
    return fromstring(answer.content)  # noqa: S314 - our own


def names(element: Element) -> list[str]:
    return [child.tag.removeprefix(f"{{{CAP}}}") for child in element]


def said(element: Element, name: str) -> str:
    return element.findtext(f"{{{CAP}}}{name}") or ""


def test_cap(town: Town) -> None:
    alert = cap(town, 3)
    assert alert.tag == f"{{{CAP}}}alert"
    assert names(alert) == ALERT
    assert not set(said(alert, "identifier")) & set(" ,<&")
    assert said(alert, "sent").endswith("+08:00")
    assert datetime.fromisoformat(said(alert, "sent")).tzinfo is not None
    assert (said(alert, "msgType"), said(alert, "incidents")) == ("Alert", "20251123-000003")
    for info, language in zip(alert.findall(f"{{{CAP}}}info"), ("zh-CN", "en"), strict=True):
        assert names(info) == INFO
        assert (said(info, "language"), said(info, "severity"), said(info, "urgency")) == (
            language,
            "Severe",
            "Immediate",
        )
        assert said(info, "description") == "a tree, 100 % down"
        area = info.find(f"{{{CAP}}}area")
        assert area is not None
        assert names(area) == ["areaDesc", "circle"]
        assert said(area, "circle") == "30.505000,117.205000 0.1"
    town.act("li", "false_alarm", {"reason": "nothing there"}, event=3)
    assert said(cap(town, 3), "msgType") == "Cancel"
    problem(town.client.get("/api/v1/events/3/cap", headers=town.who("chen")), 404)


def reference(alert: Element) -> str:
    return ",".join(said(alert, name) for name in ("sender", "identifier", "sent"))


def test_each_cap_message_takes_the_place_of_the_ones_before(town: Town) -> None:
    """Read after every act, as a warning system does; whichever it had, the next one names it."""
    had: list[str] = []
    kinds: list[str] = []

    def read() -> None:
        alert = cap(town, 1)
        named = said(alert, "references").split()
        assert len(named) == len(set(named))
        assert set(had) <= set(named)
        kinds.append(said(alert, "msgType"))
        had.append(reference(alert))

    read()
    for note in ("seen", "seen again"):
        assert town.act("li", "note", {"note": note}).status_code == 200
        read()
    assert town.act("li", "false_alarm", {"reason": "nothing there"}).status_code == 200
    read()
    assert kinds == ["Alert", "Update", "Update", "Cancel"]
    assert len(set(had)) == len(had)


SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "cap" / "CAP-v1.2.xsd"))
"""The schema of the standard itself."""

TEXTS = (
    "a plain one",
    "<b>bold</b> & \"quoted\" ]]> 'too'",
    "控制\x00字符\x1b[31m与\x0b换页",
    "\u202eright to left\u2066 \ufffe \U0001f525",
    "x" * 500,
)


def fits(document: bytes) -> list[str]:
    """What does not fit the schema."""
    SCHEMA.validate(etree.fromstring(document))
    return [f"{error.line}: {error.message}" for error in SCHEMA.error_log]


def test_cap_is_what_the_schema_of_the_standard_says(town: Town) -> None:
    """Of cameras, of people, with every text that came through, in force and over."""
    for summary in TEXTS:
        body = {"source": "resident", "item": 16, "summary": summary, "point": HERE}
        answer = town.client.post("/api/v1/reports", json=body, headers=town.who("li"))
        assert answer.status_code == 201, answer.text
    town.act("li", "false_alarm", {"reason": "nothing <there>"}, event=3)
    for event in range(1, 4 + len(TEXTS)):
        answer = town.client.get(f"/api/v1/events/{event}/cap", headers=town.who("wang"))
        assert answer.status_code == 200, answer.text
        assert fits(answer.content) == [], answer.text


def test_the_schema_would_object(town: Town) -> None:
    document = town.client.get("/api/v1/events/1/cap", headers=town.who("wang")).content
    for right, wrong in (
        (b"<status>Actual", b"<status>Real"),
        (b"+08:00</sent>", b"Z</sent>"),
        (b"<category>", b"<colour>blue</colour><category>"),
        (b"<certainty>Observed</certainty>", b""),
    ):
        assert right in document
        assert fits(document.replace(right, wrong)), wrong
