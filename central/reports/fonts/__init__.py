"""The font of printed reports: Chinese and Latin, free to ship (SIL OFL 1.1; see `scripts.make_font`)."""

from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "PlacewatchSansSC.ttf"
"""TrueType outlines of GB 2312 and Latin."""
MISSING = "〓"
"""The printers' mark for a character that the fount has not got."""


@cache
def _covered() -> frozenset[int]:
    from reportlab.pdfbase.ttfonts import TTFontFile  # noqa: PLC0415 - slow to load

    return frozenset(TTFontFile(str(FILE)).charToGlyph)


def printable(text: str) -> str:
    """``text`` as the font can print it: a rare character becomes `MISSING` rather than nothing."""
    covered = _covered()
    return "".join(one if ord(one) in covered or one.isspace() else MISSING for one in text)
