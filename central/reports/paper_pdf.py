"""A document as PDF, its font inside, for archives and for sending."""

import io
from datetime import datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table
from reportlab.platypus.doctemplate import BaseDocTemplate

from central.reports import fonts
from central.reports.paper import Block, Bullets, Grid, Heading, Language, Paper, Picture, Text, clean

_FONT = "PlacewatchSansSC"
_INK = colors.HexColor("#1d3c78")
_LINE = colors.HexColor("#c3cfe2")
_SHADE = colors.HexColor("#e8eef8")
_WIDTH = A4[0] - 4 * cm


def to_pdf(paper: Paper, made: datetime) -> bytes:
    """The file; ``made`` goes into its metadata. The same content gives the same bytes."""
    _register()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=2 * cm,
        rightMargin=2 * cm,
        topMargin=1.8 * cm,
        bottomMargin=2 * cm,
        title=clean(paper.title),
        author="Placewatch",
        creator="Placewatch",
        subject=f"{clean(paper.subtitle)} ({made.date().isoformat()})",
        lang="zh-CN" if paper.language == "zh" else "en-GB",
        invariant=1,
    )
    footer = _text(paper.footer)

    def foot(canvas: Canvas, template: BaseDocTemplate) -> None:
        canvas.setFont(_FONT, 8)
        canvas.setFillColor(colors.HexColor("#54617c"))
        canvas.drawString(2 * cm, 1.1 * cm, footer)
        canvas.drawRightString(A4[0] - 2 * cm, 1.1 * cm, str(template.page))

    document.build(_flow(paper), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


@cache
def _register() -> None:
    pdfmetrics.registerFont(TTFont(_FONT, str(fonts.FILE)))


def _text(text: str) -> str:
    return fonts.printable(clean(text))


def _markup(text: str) -> str:
    return escape(_text(text)).replace("\n", "<br/>")


def _style(language: Language, size: float = 10, **more: object) -> ParagraphStyle:
    wrap = {"wordWrap": "CJK"} if language == "zh" else {}
    given: dict[str, Any] = {
        "fontName": _FONT,
        "fontSize": size,
        "leading": size * 1.5,
        "spaceAfter": 5,
        **wrap,
        **more,
    }
    return ParagraphStyle(f"{language}-{size}", **given)


def _flow(paper: Paper) -> list[Flowable]:
    language = paper.language
    flow: list[Flowable] = []
    if paper.number:
        flow.append(Paragraph(_markup(paper.number), _style(language, 9.5, alignment=TA_RIGHT)))
    flow.append(
        Paragraph(
            _markup(paper.title), _style(language, 19, alignment=TA_CENTER, textColor=_INK, spaceAfter=4)
        )
    )
    if paper.subtitle:
        flow.append(
            Paragraph(_markup(paper.subtitle), _style(language, 10, alignment=TA_CENTER, spaceAfter=10))
        )
    waiting: list[Flowable] = []
    for block in paper.blocks:  # a heading stays with what it heads
        made = _block(block, language)
        if isinstance(block, Heading):
            waiting = made
        elif isinstance(block, Picture):
            flow.append(KeepTogether([*waiting, *made]))
            waiting = []
        elif waiting:
            flow.append(KeepTogether([*waiting, made[0]]))
            flow.extend(made[1:])
            waiting = []
        else:
            flow.extend(made)
    return [*flow, *waiting]


def _block(block: Block, language: Language) -> list[Flowable]:
    if isinstance(block, Heading):
        style = _style(language, 13.5, textColor=_INK, spaceBefore=9, spaceAfter=6)
        return [Paragraph(_markup(block.text), style)]
    if isinstance(block, Text):
        align = {"alignment": TA_RIGHT} if block.right else {}
        return [Paragraph(_markup(block.text), _style(language, 8.5 if block.small else 10, **align))]
    if isinstance(block, Bullets):
        style = _style(language, 10, leftIndent=14, bulletIndent=2, spaceAfter=3)
        return [Paragraph(f"<bullet>•</bullet>{_markup(point)}", style) for point in block.points]
    if isinstance(block, Picture):
        picture = Image(io.BytesIO(block.png), width=_WIDTH, height=_WIDTH * block.aspect)
        caption = Paragraph(_markup(block.caption), _style(language, 8.5, alignment=TA_CENTER))
        return [picture, caption, Spacer(1, 4)]
    return [_table(block, language), Spacer(1, 8)]


def _table(grid: Grid, language: Language) -> Table:
    last = len(grid.rows)
    cells = [
        [
            Paragraph(
                _markup(text),
                _style(
                    language,
                    8,
                    spaceAfter=0,
                    leading=11,
                    alignment=TA_RIGHT if column and column not in grid.left else 0,
                    textColor=_INK if number == 0 else colors.black,
                ),
            )
            for column, text in enumerate(row)
        ]
        for number, row in enumerate([grid.head, *grid.rows])
    ]
    scale = _WIDTH / sum(grid.widths)
    look: list[Any] = [
        ("GRID", (0, 0), (-1, -1), 0.5, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    if grid.total:
        look += [("BACKGROUND", (0, last), (-1, last), _SHADE), ("LINEABOVE", (0, last), (-1, last), 1, _INK)]
    return Table(cells, colWidths=[width * scale for width in grid.widths], repeatRows=1, style=look)
