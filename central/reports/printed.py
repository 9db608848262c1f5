"""A paper as a file, by the format that was asked for; their libraries are loaded with the first one."""

from datetime import datetime
from typing import Literal

from central.reports.paper import Paper

Format = Literal["docx", "pdf"]


def printed(paper: Paper, form: Format, now: datetime) -> bytes:
    """The file's bytes.

    Args:
        paper: What is printed.
        form: Of the file.
        now: Time of printing.
    """
    if form == "pdf":
        from central.reports.paper_pdf import to_pdf  # noqa: PLC0415 - slow to load

        return to_pdf(paper, now)
    from central.reports.paper_docx import to_docx  # noqa: PLC0415 - slow to load

    return to_docx(paper, now)
