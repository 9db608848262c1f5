"""Make the font of printed reports: a part of Noto Sans CJK SC with TrueType outlines.

PDF needs the glyphs inside the file, and the PDF library reads TrueType outlines alone. The part holds what
GB 2312 holds and Latin. The result has a name of its own: its licence (SIL OFL 1.1) reserves some names.

    python -m scripts.make_font /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
"""

import argparse
import sys
from pathlib import Path

from fontTools.misc.timeTools import timestampFromString
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable

OUT = Path(__file__).resolve().parent.parent / "central" / "reports" / "fonts" / "PlacewatchSansSC.ttf"
FAMILY = "Placewatch Sans SC"
_SC = 2  # the Simplified Chinese face of the collection
_ERROR_EM = 0.001
_DATE = timestampFromString("Sun Nov 23 04:00:00 2025")
_MORE = "·•–—‘’“”…‰′″←↑→↓≤≥≠≈×÷±°€✓〓①②③④⑤⑥⑦⑧⑨⑩"


def characters() -> set[int]:
    """Latin, punctuation and every character of GB 2312."""
    found = {*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, _MORE)}
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def outlines(font: TTFont) -> None:
    """Replace cubic outlines by quadratic ones."""
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    limit = _ERROR_EM * font["head"].unitsPerEm
    made = {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, limit, reverse_direction=True))
        made[name] = pen.glyph()
    font["loca"] = newTable("loca")
    glyf = font["glyf"] = newTable("glyf")
    glyf.glyphOrder = order
    glyf.glyphs = made
    for name in order:
        made[name].recalcBounds(glyf)
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    maxp.maxZones = 1
    for name in (
        "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
        "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
        "maxCompositeContours", "maxComponentDepth",
    ):  # fmt: skip
        setattr(maxp, name, getattr(maxp, name, 0))
    font["post"].formatType = 3.0
    del font["CFF "]
    font.sfntVersion = "\x00\x01\x00\x00"


def rename(font: TTFont) -> None:
    """Give it a name of its own; copyright and licence stay."""
    table = font["name"]
    for record in list(table.names):
        if record.nameID in {0, 13, 14} and record.platformID == 3:
            continue
        table.removeNames(record.nameID, record.platformID, record.platEncID, record.langID)
    for number, text in (
        (1, FAMILY),
        (2, "Regular"),
        (3, "PlacewatchSansSC-1"),
        (4, FAMILY),
        (6, "PlacewatchSansSC"),
    ):
        table.setName(text, number, 3, 1, 0x409)


def main() -> int:
    """Make the font; 0 if it went well."""
    parser = argparse.ArgumentParser(
        description="Make the font of printed reports.",
        epilog="Example: python -m scripts.make_font /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    )
    parser.add_argument("collection", type=Path, help="NotoSansCJK-Regular.ttc (Debian: fonts-noto-cjk)")
    wanted = parser.parse_args()
    font = TTFont(wanted.collection, fontNumber=_SC, recalcTimestamp=False)
    options = Options(
        layout_features=[], hinting=False, desubroutinize=True, name_IDs=["*"], notdef_outline=True
    )
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GSUB", "GPOS", "GDEF", "DSIG"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    outlines(font)
    rename(font)
    font["head"].created = font["head"].modified = _DATE
    OUT.parent.mkdir(parents=True, exist_ok=True)
    font.save(OUT)
    print(f"{OUT}: {len(font.getGlyphOrder())} glyphs, {OUT.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
