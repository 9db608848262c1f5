"""The table of a report for documents (Markdown), as docs/performance.md has it."""

from collections.abc import Iterator

from placewatch.bench.box.report import Floor, Quantiles, Report, Run

_HEAD = (
    "set",
    "pipeline",
    "cameras",
    "CPU ms/s",
    "keyframe floor: same transport, files",
    "less CPU",
    "alert after capture, p95: awake, from idle",
    "look after capture, awake: p50 / p95 / p99",
    "packets lost",
    "MiB a camera",
    "inferences a look",
    "recall / precision (events)",
)


def markdown(report: Report) -> str:
    """All runs, the plain pipeline's before the box's own of each set, and what there is to remark."""
    lines = [_line(_HEAD), "|" + "---|" * len(_HEAD)]
    lines += [_line(row) for row in _rows(report)]
    remarks = [f"- `{remark.set}`: {remark.text}" for remark in report.remarks]
    return "\n".join([*lines, *([""] if remarks else []), *remarks, ""])


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    floors = {floor.set: floor for floor in report.keyframe_floor}
    for name in dict.fromkeys(run.set for run in (*report.runs, *report.reference)):
        # One reference serves all numbers of cameras of a set.
        plain = next((run for run in report.reference if run.set == name), None)
        if plain is not None:
            yield _row(plain, "plain", floors.get(name), None)
        for run in report.runs:
            if run.set == name:
                yield _row(run, "Placewatch", floors.get(name), plain)


def _row(run: Run, pipeline: str, floor: Floor | None, plain: Run | None) -> tuple[str, ...]:
    look = run.detail.look_latency_s.awake
    return (
        f"`{run.set}`",
        pipeline,
        str(run.cameras),
        _cpu(run, floor if pipeline != "plain" else None),
        _floor(floor),
        f"**{plain.cpu_s_per_camera_s / run.cpu_s_per_camera_s:.1f}x**" if plain else "",
        f"{_seconds(run.latency_s.awake, 'p95')}, {_seconds(run.latency_s.idle, 'p95')}",
        " / ".join(_seconds(look, share) for share in ("p50", "p95", "p99")),
        str(run.packets_dropped),
        f"{run.rss_mb_per_camera:.1f}",
        f"{run.detail.canvases_per_look:.3f}",
        "reference" if pipeline == "plain" else _agreement(run),
    )


def _cpu(run: Run, floor: Floor | None) -> str:
    cost, repeats = 1000 * run.cpu_s_per_camera_s, [1000 * each for each in run.detail.repeats]
    text = f"{cost:.1f}"
    if len(repeats) > 1:
        text += f" ({min(repeats):.1f} to {max(repeats):.1f})"
    return f"{text}, {run.cpu_s_per_camera_s / floor.cpu_s_per_camera_s:.2f}x the floor" if floor else text


def _floor(floor: Floor | None) -> str:
    if floor is None:
        return ""
    files = floor.files_cpu_s_per_camera_s
    return f"{1000 * floor.cpu_s_per_camera_s:.1f}" + (f", {1000 * files:.1f}" if files else "")


def _seconds(quantiles: Quantiles, share: str) -> str:
    value = quantiles[share]
    return "-" if value is None else f"{value:.2f} s"


def _agreement(run: Run) -> str:
    if run.event_recall is None and run.event_precision is None:
        return ""
    return f"{_share(run.event_recall)} / {_share(run.event_precision)} ({run.detail.events})"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"
