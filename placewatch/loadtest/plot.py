"""The course of a run as a picture: alerts, latencies, cores."""

from pathlib import Path
from typing import Any

from placewatch.loadtest.bench import Sample


def plot(path: Path, report: dict[str, Any], samples: list[Sample]) -> None:
    """Draw the samples into a PNG."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load

    seconds = [sample.elapsed_s for sample in samples]
    figure = Figure(figsize=(9, 9), layout="constrained")
    rates, latencies, cores = figure.subplots(3, 1, sharex=True)
    rates.plot(seconds, _rate([sample.sender.published for sample in samples], seconds), label="published")
    rates.plot(seconds, _rate([sample.sender.receipted for sample in samples], seconds), label="committed")
    if "floor" in report:
        bare = report["floor"]["both_per_s"]
        rates.axhline(bare, color="tab:gray", linestyle=":", label=f"broker and database alone: {bare:,.0f}")
    rates.set_ylabel("alerts/s")
    for name, style in (("p50", "-"), ("p99", "--")):
        latencies.plot(
            seconds,
            [getattr(sample.sender.latency_s, name) for sample in samples],
            style,
            color="tab:blue",
            label=f"receipt {name}",
        )
        latencies.plot(
            seconds,
            [getattr(sample.desk.latency_s, name) for sample in samples],
            style,
            color="tab:orange",
            label=f"on the desk {name}",
        )
    latencies.set_ylabel("s")
    parts = list(report["cpu"])
    cores.stackplot(
        seconds, [[sample.cores.get(part, 0.0) for sample in samples] for part in parts], labels=parts
    )
    cores.set_ylabel("CPU cores")
    cores.set_xlabel("s")
    for axes in (rates, latencies, cores):
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(loc="upper right", fontsize="small", ncols=3)
    conditions = report["conditions"]
    rates.set_title(
        f"{report['committed_per_s']:,.0f} alerts/s committed, {report['parts']['database']},"
        f" {report['parts']['aggregators']} aggregator(s), {conditions['cores']} cores {conditions['cpu']}",
        fontsize="medium",
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _rate(totals: list[int], seconds: list[float]) -> list[float]:
    before, at, found = 0, 0.0, []
    for total, now in zip(totals, seconds, strict=True):
        found.append((total - before) / max(1e-9, now - at))
        before, at = total, now
    return found
