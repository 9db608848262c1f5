"""How long work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[str, float | None], None]
"""Told what is happening and which share of it is done (None: unknown)."""


def nothing(_what: str, _share: float | None) -> None:
    """Progress that nobody watches."""
