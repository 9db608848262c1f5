"""A log that cannot be written costs the line, not the process."""

import io
import os

from placewatch import logs
from placewatch.logs import get_logger


class Full(io.StringIO):
    """A file on a full disk."""

    full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(27, os.strerror(27))
        return super().write(text)


def test_a_full_disk_costs_the_line_only() -> None:
    stream = Full()
    logs.configure(fmt="json", stream=stream)
    try:
        get_logger(part="test").error("nobody reads this")
        stream.full = False
        get_logger(part="test").error("there is room again")
    finally:
        logs.configure()
    assert "there is room again" in stream.getvalue()
    assert "nobody" not in stream.getvalue()
