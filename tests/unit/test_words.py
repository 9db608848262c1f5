"""One thing, two things."""

import pytest

from placewatch.words import counted


@pytest.mark.parametrize(
    ("number", "nouns", "wanted"),
    [
        (1, ("camera",), "1 camera"),
        (0, ("camera",), "0 cameras"),
        (16, ("camera",), "16 cameras"),
        (1, ("waits", "wait"), "1 waits"),
        (2, ("waits", "wait"), "2 wait"),
    ],
)
def test_counting(number: int, nouns: tuple[str, ...], wanted: str) -> None:
    assert counted(number, *nouns) == wanted
