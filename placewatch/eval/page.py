"""The report as one HTML file that needs nothing else: timelines of truth against alerts, with stills."""

import base64
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from messages import Phase
from placewatch.eval.matching import Due, Raised
from placewatch.eval.report import Figures, Report
from placewatch.eval.run import ClipRun

_WIDTH, _LEFT, _ROW = 1080, 230, 30
_STYLE = """
:root { color-scheme: light dark; --truth: #6b7f99; --right: #2e8b57; --wrong: #d0342c; --maybe: #b0a060; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1120px; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.4rem; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { padding: .25rem .8rem; text-align: right; }
th:first-child, td:first-child { text-align: left; } thead th { border-bottom: 1px solid currentColor; }
.scroll { overflow-x: auto; } svg { max-width: 100%; height: auto; }
.stills { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; width: 330px; } figure img { width: 100%; border: 4px solid var(--right); }
figure.false img, figure.missed img { border-color: var(--wrong); }
figure.optional img { border-color: var(--maybe); } figure.missed img { border-style: dashed; }
figcaption { font-size: .85rem; } .note { opacity: .75; } .wrong { color: var(--wrong); font-weight: 600; }
"""

_LEGEND = (
    "<p class=note>In the timelines: events above, with a tick where their alert was due (red when missing);"
    " alerts below, green when right, red when false, yellow when either is fine.</p>"
)


def page(report: Report, runs: Sequence[ClipRun], residuals: Sequence[tuple[str, bytes]]) -> str:
    """The whole page.

    Args:
        report: The figures.
        runs: The clips, with their stills.
        residuals: What redaction left: a caption and a PNG each.
    """
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Placewatch evaluation</title>",
        '<meta name=viewport content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style></head><body><h1>Placewatch: alerts against truth</h1>",
        _summary(report),
        _table("Rule", report.by_rule),
        _table("Class of place", report.by_class),
        _LEGEND,
        *_left(residuals),
        *(part for run in runs for part in _clip(run)),
        "</body></html>",
    ]
    return "\n".join(parts)


def _summary(report: Report) -> str:
    hours = sum(clip.seconds for clip in report.clips) / 3600
    lines = [
        (
            f"<b>F1 {report.f1:.3f}</b>, precision {report.precision:.3f}, recall {report.recall:.3f};"
            f" delay median {_seconds(report.delay_s.median)}, 95 % within {_seconds(report.delay_s.p95)}."
        ),
        (
            f"{report.false_alarms_per_camera_hour:.2f} false alarms per camera-hour"
            f" ({report.false_alarms_per_camera_day:.1f} per camera-day) over {hours:.3f} camera-hours."
        ),
    ]
    if report.person_ap50 is not None:
        lines.append(
            f"Detector: person AP50 {report.person_ap50:.3f} on {report.person_boxes} boxes"
            f" ({report.person_ap50_looks or 0:.3f} at the looks of the replay)."
        )
    if report.tracker is not None:
        track = report.tracker
        lines.append(f"Tracker: IDF1 {track.idf1:.3f}, HOTA {track.hota:.3f} on {track.boxes} boxes.")
    if report.redaction is not None:
        left = report.redaction
        who = "" if left.independent else " (no independent face detector was at hand)"
        lines.append(
            f"Redaction: {left.residual_faces} faces and {left.residual_plates} plates left"
            f" in {left.pictures} pictures{who}, {left.clip_pictures} of them out of finished clips."
        )
    lines += [f"Skipped: {escape(each)}" for each in report.skipped]
    quiet = ", ".join(f"{escape(kind)} {hours:.3f} h" for kind, hours in report.quiet.items())
    if quiet:
        lines.append(f"Watched for, nothing due and nothing raised: {quiet}.")
    models = ", ".join(report.conditions.models)
    lines.append(f"<span class=note>Placewatch {report.conditions.placewatch}; {escape(models)}</span>")
    return "".join(f"<p>{line}</p>" for line in lines)


def _table(title: str, rows: dict[str, Figures]) -> str:
    if not rows:
        return ""
    heads = (title, "F1", "Precision", "Recall", "Events", "Found", "False", "Delay", "95 %", "Hours")
    body = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(
            f"<td>{cell}</td>"
            for cell in (
                f"{row.f1:.3f}",
                f"{row.precision:.3f}",
                f"{row.recall:.3f}",
                row.events,
                row.found,
                row.false_alarms,
                _seconds(row.delay_s),
                _seconds(row.delay_p95_s),
                f"{row.hours:.3f}",
            )
        )
        + "</tr>"
        for name, row in rows.items()
    )
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    return f"<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _left(residuals: Sequence[tuple[str, bytes]]) -> Iterator[str]:
    if residuals:
        yield "<h2 class=wrong>Left by redaction</h2><div class=stills>"
        for caption, png in residuals:
            yield _figure("false", png, escape(caption), "image/png")
        yield "</div>"


def _clip(run: ClipRun) -> Iterator[str]:
    score = run.score
    yield f"<h2>{escape(run.truth.name)}: {escape(run.clip.name)}, {score.seconds:.1f} s</h2>"
    if run.truth.spec.about:
        yield f"<p class=note>{escape(run.truth.spec.about)}</p>"
    yield f"<div class=scroll>{timeline(run)}</div><div class=stills>{''.join(_stills(run))}</div>"


def timeline(run: ClipRun) -> str:
    """SVG: for each rule its events, a tick where an alert is due, and the alerts below."""
    score = run.score
    due_state, raised_state = _states(run)
    lanes = sorted(
        {(due.kind.value, due.zone or "") for due in score.dues}
        | {(alert.kind.value, alert.zone) for alert in score.raised}
        | {(rule.kind.value, rule.target) for rule in run.truth.camera.rules}
    )
    height = _ROW * (len(lanes) + 1)
    scale = (_WIDTH - _LEFT - 20) / max(score.seconds, 1e-6)
    parts = [
        (
            f'<svg viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img"'
            f' aria-label="timeline of {escape(run.truth.name)}" font-size="12" fill="currentColor">'
        )
    ]
    for row, (kind, zone) in enumerate(lanes):
        y = row * _ROW
        parts.append(f'<text x="0" y="{y + 18}">{escape(f"{kind} {zone}")}</text>')
        parts.append(f'<path d="M{_LEFT} {y + 14}H{_WIDTH - 20}" stroke="currentColor" opacity=".15"/>')
        for index, due in enumerate(score.dues):
            if due.kind.value == kind and due.zone in {None, zone}:
                parts.append(_due(due, due_state[index], y, scale))
        for index, alert in enumerate(score.raised):
            if (alert.kind.value, alert.zone) == (kind, zone):
                parts.append(_raised(alert, raised_state[index], y, scale, score.seconds))
    parts += _axis(score.seconds, scale, len(lanes) * _ROW)
    return "".join([*parts, "</svg>"])


def _states(run: ClipRun) -> tuple[list[str], list[str]]:
    """What became of each due alert and of each raised one: right, optional, missed, false."""
    score = run.score
    due = ["optional" if each.optional else "missed" for each in score.dues]
    raised = ["false"] * len(score.raised)
    for left, right in score.matching.pairs:
        state = "optional" if score.dues[left].optional else "right"
        due[left] = raised[right] = state
    return due, raised


def _bar(begin: float, end: float, y: float, scale: float, look: str, title: str) -> str:
    x, width = _LEFT + begin * scale, max((end - begin) * scale, 3)
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="10" rx="2" {look}>'
        f"<title>{escape(title)}</title></rect>"
    )


def _due(due: Due, state: str, y: float, scale: float) -> str:
    look = 'fill="var(--truth)"'
    if due.optional:
        look = 'fill="none" stroke="var(--truth)" stroke-dasharray="3 2"'
    title = f"{state}: {due.opened:.1f}-{due.closed:.1f} s, due {due.due:.1f} s. {due.note}"
    x = _LEFT + due.due * scale
    tick = "var(--wrong)" if state == "missed" else "currentColor"
    mark = f'<path d="M{x:.1f} {y + 1}v14" stroke="{tick}" stroke-width="2"/>'
    return _bar(due.opened, due.closed, y + 3, scale, look, title) + mark


def _raised(alert: Raised, state: str, y: float, scale: float, length: float) -> str:
    colour = {"right": "--right", "optional": "--maybe"}.get(state, "--wrong")
    end = length if alert.closed is None else alert.closed
    title = f"{state}: raised {alert.opened:.1f} s, closed {'-' if alert.closed is None else f'{end:.1f} s'}"
    return _bar(alert.opened, end, y + 15, scale, f'fill="var({colour})"', title)


def _axis(length: float, scale: float, y: float) -> Iterable[str]:
    step = next((each for each in (1, 2, 5, 10, 30, 60, 300, 600, 3600) if length / each <= 15), 36000)
    for number in range(int(length // step) + 1):
        x = _LEFT + number * step * scale
        yield f'<text x="{x:.1f}" y="{y + 18}" text-anchor="middle" opacity=".7">{number * step} s</text>'


def _stills(run: ClipRun) -> Iterator[str]:
    score = run.score
    due_state, raised_state = _states(run)
    for index, shown in enumerate(run.alerts):
        alert = shown.raised
        jpeg = next((jpeg for phase, _, jpeg in shown.jpegs if phase is Phase.OPENED), b"")
        text = f"{raised_state[index]}: {alert.kind} {alert.zone}, raised at {alert.opened:.1f} s"
        yield _figure(raised_state[index], jpeg, escape(text), "image/jpeg")
    for index in score.matching.missed:
        due = score.dues[index]
        text = f"{due_state[index]}: {due.kind} {due.zone or ''}, due at {due.due:.1f} s. {due.note}"
        yield _figure("missed", run.due_stills[index], escape(text), "image/jpeg")


def _figure(state: str, picture: bytes, caption: str, media: str) -> str:
    image = "<p class=note>no picture</p>"
    if picture:
        data = base64.b64encode(picture).decode()
        image = f'<img src="data:{media};base64,{data}" alt="">'
    return f'<figure class="{state}">{image}<figcaption>{caption}</figcaption></figure>'
