"""A simulated day as figures and as a picture."""

import math
from pathlib import Path

from placewatch.loadtest.day import DayPlan, DayResult


def report_of(plan: DayPlan, result: DayResult) -> dict[str, object]:
    """The run as JSON."""
    hours = sorted(result.hours)
    return {
        "desks": plan.desks,
        "cameras": plan.desks * plan.cameras,
        "hours": plan.hours,
        "hours_before": plan.hours_before,
        "seed": plan.seed,
        "alerts": result.alerts,
        "alerts_per_camera_minute": round(result.alerts / (plan.desks * plan.cameras * plan.hours * 60), 3),
        "events": result.events,
        "shown": result.shown,
        "alerts_per_shown_event": round(result.ratio, 1),
        "events_per_desk_hour": {
            "mean": round(sum(hours) / len(hours), 2),
            "p95": hours[max(0, math.ceil(0.95 * len(hours)) - 1)],
            "max": hours[-1],
        },
        "reds": result.reds,
        "reds_shown": result.reds_shown,
        "flooded_desk_minutes": result.flooded_minutes,
        "shown_in_floods": result.shown_in_floods,
        "silent_box_events": result.silent_boxes,
    }


def plot(path: Path, result: DayResult) -> None:
    """Alerts and events shown by hour, as a PNG."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load

    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    hours = range(len(result.curve))
    axes.bar(hours, [alerts for alerts, _ in result.curve], color="tab:gray", label="alerts")
    axes.bar(hours, [shown for _, shown in result.curve], color="tab:red", width=0.4, label="events shown")
    axes.set_yscale("symlog")
    axes.set_xlabel("hour of the day")
    axes.legend()
    figure.savefig(path, dpi=110)
