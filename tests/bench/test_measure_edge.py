"""The script for the whole table: what is there is not measured again, and what does not fit is named."""

import json
from pathlib import Path

import msgspec
import pytest

from placewatch.bench.box.events import Agreement
from placewatch.bench.box.measured import Setting
from placewatch.bench.box.report import Floor, Ratio, Remark, Report, run_of
from placewatch.bench.box.table import markdown
from placewatch.bench.clips import draw
from scripts.measure_edge import ROWS, USUAL, Length, Row, main
from tests.bench.test_edge_pure import measured, recording

OURS = Setting("rtsp", "model", plain=False, seconds=10.0)


def report() -> Report:
    run = run_of("active10", OURS, [[measured(0.4)], [measured(0.6)], [measured(0.5)]], Agreement(8, 8, 9, 8))
    plain = run_of("active10", OURS, [[measured(5.0)]], Agreement(8, 8, 8, 8))
    floor = Floor("active10", 0.0125, "rtsp", 0.01)
    remark = Remark("active10", "something to know")
    return Report([run], [plain], [Ratio("active10", 10.0)], [floor], {}, "model", "abc", [remark])


def test_the_table_tells_cost_floor_ratio_and_agreement() -> None:
    lines = markdown(report()).splitlines()
    plain, ours = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:4])
    assert plain[:4] == ["`active10`", "plain", "2", "250.0"]
    assert ours[:6] == [
        *("`active10`", "Placewatch", "2", "25.0 (20.0 to 30.0), 2.00x the floor", "12.5, 10.0", "**10.0x**"),
    ]
    assert (plain[-1], ours[-1]) == ("reference", "1.000 / 0.889 (8)")
    assert lines[-1] == "- `active10`: something to know"
    assert len({line.count("|") for line in lines[:4]}) == 1


def test_no_two_rows_share_a_report() -> None:
    assert len({row.file for row in ROWS}) == len(ROWS)
    assert {row.set for row in ROWS if row.form == USUAL} == {
        *("idle", "active10", "active50", "active100", "noise", "night", "wind"),
    }


@pytest.mark.parametrize(
    ("row", "seconds"),
    [
        (Row("idle", target=True, plain=False, floor=True), 3 * 45.0 + 25.0),
        (Row("active10"), 45.0),  # the box takes longer than the plain pipeline beside it
        (Row("active10", plain=False), 45.0),
    ],
)
def test_a_row_knows_how_long_it_takes(row: Row, seconds: float) -> None:
    assert Length(10.0, 20.0, 3).of(row, [recording()]) == pytest.approx(seconds)


def test_a_second_call_measures_only_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    footage, out = tmp_path / "footage", tmp_path / "out"
    (footage / "wind").mkdir(parents=True)
    draw(footage / "wind" / f"yard-{USUAL}.mp4", 240, seconds=6)
    out.mkdir()
    there = msgspec.json.encode(report())
    (out / Row("active10", cameras=16).file).write_bytes(there)
    arguments = ["--footage", str(footage), "--out", str(out), "--minutes", "0.2"]
    assert main(arguments) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "active10, 16 cameras" not in told
    assert "wind, 8 cameras: takes 95 s, and 12 s of 12 are left" in told
    assert "night, 8 cameras: has no clips in" in told
    assert (out / Row("active10", cameras=16).file).read_bytes() == there
    joined = json.loads((out / "report.json").read_text())
    assert [run["set"] for run in joined["runs"]] == ["active10"]
    assert [remark["text"] for remark in joined["remarks"]] == ["something to know"]
    assert "`active10`" in (out / "table.md").read_text()
    assert (out / "performance.png").read_bytes()[:4] == b"\x89PNG"
