"""Structured logging: one event per line, with box, camera and alert_id as fields."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Literal, TextIO, cast

import structlog

LogFormat = Literal["console", "json"]

_CREDENTIALS = re.compile(
    r"""(?P<scheme>[a-z][a-z0-9+.-]*://)
    (?: [^/\s]*@                           # up to the last @ of the authority: a bare @ may be in a password
      | [^/\s:@]+:(?!\d{1,5}[/?\s])\S*@ )  # user:pass/word@: a bare slash too; but not host:554/path@x
    """,
    re.IGNORECASE | re.VERBOSE,
)


def hide_credentials(text: str) -> str:
    """``rtsp://user:secret@host/…`` as ``rtsp://***@host/…``, anywhere in a text."""
    return _CREDENTIALS.sub(r"\g<scheme>***@", text)


def _hide(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = hide_credentials(value)
    return event


class _Unfailing:
    """A stream that is full or closed costs the line, not the process that wanted to say it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure(*, fmt: LogFormat = "console", verbose: bool = False, stream: TextIO | None = None) -> None:
    """Set up logging for the process; called once by each command.

    Args:
        fmt: ``console`` for people, ``json`` for programs.
        verbose: Show debug events too.
        stream: Where lines go; standard error unless told otherwise.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if fmt == "json"
        else structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _hide,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Unfailing(stream or sys.stderr))),
        cache_logger_on_first_use=False,
    )


def get_logger(**fields: object) -> structlog.typing.FilteringBoundLogger:
    """A logger with ``fields`` (box, camera, ...) on every line."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(**fields)
    return logger
