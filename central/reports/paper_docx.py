"""A document as DOCX (Office Open XML), for offices that go on writing in it."""

import io
from datetime import datetime

import docx
from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from central.reports.paper import Block, Bullets, Grid, Heading, Paper, Picture, Text, clean

_FONT = {"zh": "Microsoft YaHei", "en": "Calibri"}
_WIDTH_CM = 17.0
_INK = RGBColor(0x1D, 0x3C, 0x78)
_SHADE = "E8EEF8"
_LINE = "B9C4D8"
_MARGIN = "50"
"""Left and right in a cell, twentieths of a point."""


def to_docx(paper: Paper, made: datetime) -> bytes:
    """The file; ``made`` goes into its metadata, so that the same content gives the same bytes' meaning."""
    document = docx.Document()
    _dress(document, paper, made)
    if paper.number:
        _paragraph(document, paper.number, size=10, align=WD_ALIGN_PARAGRAPH.RIGHT)
    _paragraph(document, paper.title, size=18, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER, ink=_INK)
    if paper.subtitle:
        _paragraph(document, paper.subtitle, size=10.5, align=WD_ALIGN_PARAGRAPH.CENTER)
    for block in paper.blocks:
        _block(document, block)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _dress(document: Document, paper: Paper, made: datetime) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    style = document.styles["Normal"]
    style.font.name = _FONT[paper.language]
    style.font.size = Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT["zh"])
    heading = document.styles["Heading 1"]
    heading.font.name, heading.font.size, heading.font.color.rgb = _FONT[paper.language], Pt(14), _INK
    heading.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT["zh"])
    heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(12), Pt(6)
    properties = document.core_properties
    properties.title, properties.author = clean(paper.title), "Placewatch"
    properties.language = "zh-CN" if paper.language == "zh" else "en-GB"
    properties.created = properties.modified = made
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = foot.add_run(clean(paper.footer) + "    ")
    run.font.size = Pt(8)
    _page_number(foot)


def _page_number(paragraph: Paragraph) -> None:
    run = paragraph.add_run()
    run.font.size = Pt(8)
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        if kind is None:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = text
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)  # noqa: SLF001 - the library has no fields; its own guide does it so


def _paragraph(
    document: Document,
    text: str,
    *,
    size: float = 10.5,
    bold: bool = False,
    align: WD_ALIGN_PARAGRAPH | None = None,
    ink: RGBColor | None = None,
) -> None:
    paragraph = document.add_paragraph()
    if align is not None:
        paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(6)
    for number, line in enumerate(clean(text).split("\n")):
        run = paragraph.add_run()
        if number:
            run.add_break()
        run.add_text(line)
        run.font.size, run.bold = Pt(size), bold
        if ink is not None:
            run.font.color.rgb = ink


def _block(document: Document, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(clean(block.text), level=1)
    elif isinstance(block, Text):
        align = WD_ALIGN_PARAGRAPH.RIGHT if block.right else None
        _paragraph(document, block.text, size=9 if block.small else 10.5, align=align)
    elif isinstance(block, Bullets):
        for point in block.points:
            document.add_paragraph(clean(point), style="List Bullet").paragraph_format.space_after = Pt(3)
    elif isinstance(block, Picture):
        document.add_picture(io.BytesIO(block.png), width=Cm(_WIDTH_CM))
        document.paragraphs[-1].paragraph_format.keep_with_next = True
        _describe(document, block.caption)
        _paragraph(document, block.caption, size=9, align=WD_ALIGN_PARAGRAPH.CENTER)
    else:
        _table(document, block)


def _describe(document: Document, text: str) -> None:
    """Alternative text of the picture just added, for screen readers."""
    document.inline_shapes[-1]._inline.docPr.set("descr", clean(text))  # noqa: SLF001 - the library has no door to it


def _table(document: Document, grid: Grid) -> None:
    table = document.add_table(rows=1 + len(grid.rows), cols=len(grid.head))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    _border(table)
    scale = _WIDTH_CM / sum(grid.widths)
    for column, width in enumerate(grid.widths):
        table.columns[column].width = Cm(width * scale)  # some readers go by the grid, some by the cells
    for number, row in enumerate([grid.head, *grid.rows]):
        cells = table.rows[number].cells
        strong = number == 0 or (grid.total and number == len(grid.rows))
        for column, text in enumerate(row):
            _cell(cells[column], text, strong=strong, right=column > 0 and column not in grid.left)
            cells[column].width = Cm(grid.widths[column] * scale)
        _mark(table.rows[number], "w:cantSplit")
    _mark(table.rows[0], "w:tblHeader")  # again on the next page
    gap = document.add_paragraph()
    gap.paragraph_format.space_before = gap.paragraph_format.space_after = Pt(0)
    gap.paragraph_format.line_spacing = Pt(6)


def _mark(row: _Row, what: str) -> None:
    mark = OxmlElement(what)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)  # noqa: SLF001 - the library has no door to it


def _border(table: Table) -> None:
    """Thin and light lines, as in the PDF, and narrow margins in the cells."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", _LINE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), _MARGIN)
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.extend([borders, margins])  # noqa: SLF001 - the library has no door to it


def _cell(cell: _Cell, text: str, *, strong: bool, right: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(2)
    shape.line_spacing = 1.0
    for number, line in enumerate(clean(text).split("\n")):
        run = paragraph.add_run()
        if number:
            run.add_break()
        run.add_text(line)
        run.font.size, run.bold = Pt(7.5 if strong else 8), strong
    if strong:
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), _SHADE)
        cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001 - the library has no door to it
