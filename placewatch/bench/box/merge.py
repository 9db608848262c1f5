"""Several reports as one."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from placewatch.bench.box.report import Report
from placewatch.errors import UsageError


def read_reports(paths: Sequence[Path]) -> Report:
    """Reports of the same machine, put together; the last one says machine, model and commit.

    Raises:
        UsageError: One cannot be read.
    """
    reports = [_read(path) for path in paths]
    last = reports[-1]
    return Report(
        [run for report in reports for run in report.runs],
        [run for report in reports for run in report.reference],
        [ratio for report in reports for ratio in report.ratio],
        [floor for report in reports for floor in report.keyframe_floor],
        last.machine,
        last.model,
        last.commit,
        [remark for report in reports for remark in report.remarks],
    )


def _read(path: Path) -> Report:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(
            f"is no report: {error}", where=str(path), remedy="write one with placewatch bench edge --report"
        ) from error
