"""Figures as CSV. Pure."""

import csv
import io
from collections.abc import Mapping

from central.api.exports import cell
from central.names import Bilingual
from central.reports.cases import Outcome
from central.reports.sums import Sums

_SHARES = ("closing", "in_time", "reopened", "returned", "false_alarms")
_TIMES = ("accept", "arrive", "close")
TOTAL = Bilingual(zh="合计", en="total")


def csv_of(by: str, rows: Mapping[str, tuple[Bilingual, Sums]], total: Sums) -> str:
    """Figures as CSV (RFC 4180) with the mark by which spreadsheets know UTF-8; the total comes last."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_head(by))
    for key, (name, sums) in rows.items():
        writer.writerow([cell(value) for value in (key, name.zh, name.en, *_row(sums))])
    writer.writerow([cell(value) for value in ("", TOTAL.zh, TOTAL.en, *_row(total))])
    return "\ufeff" + out.getvalue()


def _head(by: str) -> list[str]:
    shares = [f"{name}{part}" for name in _SHARES for part in ("", "_of")]
    times = [f"{name}_{part}" for name in _TIMES for part in ("count", "p50_s", "p95_s")]
    counted = ["transfers", "pauses", "alerts", "episodes"]
    return [by, "name_zh", "name_en", "received", *map(str, Outcome), "filed", *shares, *times, *counted]


def _row(sums: Sums) -> list[object]:
    shares = [value for name in _SHARES for value in (getattr(sums, name).part, getattr(sums, name).of)]
    times = [
        value
        for name in _TIMES
        for value in (getattr(sums, name).count, getattr(sums, name).p50_s, getattr(sums, name).p95_s)
    ]
    outcomes = [sums.outcomes[outcome] for outcome in Outcome]
    counted = [sums.transfers, sums.pauses, sums.alerts, sums.episodes]
    return [sums.received, *outcomes, sums.filed, *shares, *times, *counted]
