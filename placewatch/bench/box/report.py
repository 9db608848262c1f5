"""The report of ``placewatch bench edge``: its keys are read by other programs, so none is ever renamed."""

import subprocess
from dataclasses import asdict
from pathlib import Path
from shutil import which
from statistics import median

import msgspec

from placewatch.bench.box.cameras import BenchCamera
from placewatch.bench.box.events import Agreement, Opened, Show, quantiles
from placewatch.bench.box.journal import Seen
from placewatch.bench.box.measured import Measured, Setting
from placewatch.bench.conditions import Conditions

Quantiles = dict[str, float | None]


class Latency(msgspec.Struct, frozen=True):
    """Seconds from capture on: p50, p95, p99.

    Attributes:
        awake: Of cameras that were awake when the picture was taken.
        idle: Of cameras that rested then: what happens is seen with the next keyframe.
    """

    awake: Quantiles
    idle: Quantiles


class Detail(msgspec.Struct, frozen=True):
    """What else is known of a run.

    Attributes:
        seconds: How long was measured.
        activity: Share of the time in which something is there, by the truth files; None without them.
        packets: Packets that came.
        frames_decoded: Pictures decoded.
        frames_dropped: Sampled pictures that a newer one replaced before anybody looked.
        decode_errors: Packets that could not be decoded.
        canvases_per_look: Inferences a look.
        canvas_fill: Share of the canvases that showed something.
        look_latency_s: From capture to the end of the look, of all looks.
        longest_wait_s: Longest time between two looks of an awake camera.
        rss_mb: Resident memory of the box at the end, MiB.
        base_mb: The same with models and without cameras.
        events: The reference's events that the measurement covers.
        alerts: Alerts that opened.
        repeats: CPU seconds per camera-second of each repeat; the run's own is their median.
    """

    seconds: float
    activity: float | None
    packets: int
    frames_decoded: int
    frames_dropped: int
    decode_errors: int
    canvases_per_look: float
    canvas_fill: float
    look_latency_s: Latency
    longest_wait_s: float
    rss_mb: float
    base_mb: float
    events: int
    alerts: int
    repeats: list[float] = []


class Run(msgspec.Struct, frozen=True):
    """One set, measured once.

    Attributes:
        set: Name of the set.
        via: ``rtsp`` or ``files``.
        cameras: How many at once.
        cpu_s_per_camera_s: CPU seconds of the box's process tree per second of one camera.
        cameras_per_core: Its inverse.
        latency_s: From capture to publication, of all alerts.
        packets_dropped: Packets that were sent and never came.
        frames_detected: Pictures looked at.
        rss_mb_per_camera: Growth of resident memory over the loaded models, by cameras, MiB.
        event_recall: Share of the reference's alerts that were raised; None without a reference.
        event_precision: Share of the alerts that the reference raised, too.
        detail: What else is known.
    """

    set: str
    via: str
    cameras: int
    cpu_s_per_camera_s: float
    cameras_per_core: float
    latency_s: Latency
    packets_dropped: int
    frames_detected: int
    rss_mb_per_camera: float
    event_recall: float | None
    event_precision: float | None
    detail: Detail


class Ratio(msgspec.Struct, frozen=True):
    """CPU of the reference over ours."""

    set: str
    cpu: float


class Floor(msgspec.Struct, frozen=True):
    """What a loop costs that reads packets and decodes keyframes alone.

    Attributes:
        set: Name of the set.
        cpu_s_per_camera_s: CPU seconds per camera-second, cameras read as the box reads them.
        via: How: ``rtsp`` or ``files``.
        files_cpu_s_per_camera_s: The same loop over the files, as fast as they can be read.
    """

    set: str
    cpu_s_per_camera_s: float
    via: str = "files"
    files_cpu_s_per_camera_s: float | None = None


class Remark(msgspec.Struct, frozen=True):
    """What a reader of the figures must know: what was not measured, or under which doubt.

    Attributes:
        set: Name of the set.
        text: A sentence.
    """

    set: str
    text: str


class Report(msgspec.Struct, frozen=True):
    """Everything; what could not be measured is in ``remarks``."""

    runs: list[Run]
    reference: list[Run]
    ratio: list[Ratio]
    keyframe_floor: list[Floor]
    machine: dict[str, object]
    model: str
    commit: str
    remarks: list[Remark] = []


def shows(measured: Measured) -> dict[str, Show]:
    """What each camera told, on the time of its own endless show."""
    found = {}
    for camera in measured.cameras:
        looks = [look for look in measured.journal.looks if look.camera == camera.id]
        if not looks:
            continue
        # When packets were captured follows from their place in the recording, give or take the network.
        offset = median(look.captured - camera.position(look.packet) for look in looks)
        opened = tuple(
            Opened(alert.kind, alert.zone, alert.captured - offset)
            for alert in measured.journal.alerts
            if alert.camera == camera.id and alert.phase == "opened"
        )
        begin, end = measured.begin.time - offset, measured.end.time - offset
        found[camera.id] = Show(opened, begin, end, camera.recording.seconds)
    return found


def run_of(name: str, setting: Setting, repeats: list[list[Measured]], agreement: Agreement) -> Run:
    """One entry of the report.

    Args:
        name: The set.
        setting: How it was measured.
        repeats: Each of one measurement, or of several that shared out the set's cameras. The CPU is the
            median of all repeats; delays, losses and counters are those of all of them together.
        agreement: How the alerts of all repeats agree with the reference.
    """
    measured = [part for parts in repeats for part in parts]
    looks = [look for part in measured for look in _in_time(part)]
    cameras = sum(len(part.cameras) for part in measured)
    costs = [round(_cost(parts), 5) for parts in repeats]
    cost = median(costs)
    grown = sum(part.rss_mb - part.base_mb for part in measured) / cameras
    return Run(
        set=name,
        via=setting.via,
        cameras=max(len(part.cameras) for part in measured),
        cpu_s_per_camera_s=round(cost, 5),
        cameras_per_core=round(1.0 / cost, 2) if cost else 0.0,
        latency_s=_alert_latency(measured),
        packets_dropped=sum(_lost(part, camera) for part in measured for camera in part.cameras),
        frames_detected=len(looks),
        rss_mb_per_camera=round(grown, 2),
        event_recall=_rounded(agreement.recall),
        event_precision=_rounded(agreement.precision),
        detail=_detail(measured, looks, agreement, costs),
    )


def _cost(parts: list[Measured]) -> float:
    return sum(part.cpu_s for part in parts) / sum(part.camera_seconds for part in parts)


def _detail(measured: list[Measured], looks: list[Seen], agreement: Agreement, costs: list[float]) -> Detail:
    def grown(name: str) -> int:
        return sum(int(getattr(part.end, name)) - int(getattr(part.begin, name)) for part in measured)

    count = len(measured)
    return Detail(
        seconds=round(measured[0].seconds, 2),
        activity=_activity(measured),
        packets=grown("decoded") + grown("skipped"),
        frames_decoded=grown("decoded"),
        frames_dropped=grown("dropped"),
        decode_errors=grown("errors"),
        canvases_per_look=round(sum(part.end.canvases_per_look for part in measured) / count, 4),
        canvas_fill=round(sum(part.end.canvas_fill for part in measured) / count, 4),
        look_latency_s=_latency([(look.done - look.captured, look.kept) for look in looks]),
        longest_wait_s=round(max((_longest_wait(part) for part in measured), default=0.0), 3),
        rss_mb=round(max(part.rss_mb for part in measured), 1),
        base_mb=round(max(part.base_mb for part in measured), 1),
        events=agreement.events,
        alerts=sum(
            part.begin.time <= alert.captured < part.end.time
            for part in measured
            for alert in part.journal.alerts
            if alert.phase == "opened"
        ),
        repeats=costs,
    )


def _in_time(part: Measured) -> list[Seen]:
    return [look for look in part.journal.looks if part.begin.time <= look.done < part.end.time]


def _latency(delays: list[tuple[float, bool]]) -> Latency:
    return Latency(
        awake=quantiles([delay for delay, kept in delays if not kept]),
        idle=quantiles([delay for delay, kept in delays if kept]),
    )


def _alert_latency(measured: list[Measured]) -> Latency:
    delays = []
    for part in measured:
        kept = {
            (look.camera, round(look.captured, 3)) for look in part.journal.looks if look.kept
        }  # alerts carry milliseconds
        delays += [
            (alert.published - alert.captured, (alert.camera, round(alert.captured, 3)) in kept)
            for alert in part.journal.alerts
            if part.begin.time <= alert.captured < part.end.time
        ]
    return _latency(delays)


def _lost(part: Measured, camera: BenchCamera) -> int:
    """Packets that are missing between the first and the last look, by the stream's own times."""
    looks = [look for look in _in_time(part) if look.camera == camera.id]
    if len(looks) < 2:
        return 0
    sent = (looks[-1].captured - looks[0].captured) / camera.recording.step
    return max(0, round(sent) - (looks[-1].packet - looks[0].packet))


def _longest_wait(part: Measured) -> float:
    """Longest time between two looks of a camera that was awake all the while."""
    before: dict[str, float] = {}
    longest = 0.0
    for look in _in_time(part):
        if not look.kept and look.camera in before:
            longest = max(longest, look.done - before[look.camera])
        before[look.camera] = look.done
    return longest


def _activity(measured: list[Measured]) -> float | None:
    shares = [camera.recording.busy for part in measured for camera in part.cameras]
    known = [share for share in shares if share is not None]
    return round(sum(known) / len(known), 4) if known and len(known) == len(shares) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def machine() -> dict[str, object]:
    """Under which conditions the figures were measured."""
    return asdict(Conditions.here())


def commit() -> str:
    """The checkout's commit; empty where this is no checkout."""
    git = which("git")
    if git is None:
        return ""
    command = [git, "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    return done.stdout.strip() if done.returncode == 0 else ""
