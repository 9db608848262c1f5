"""``placewatch edge status``: what a running box is doing, live."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from messages import CameraHealth, Health

_STYLES = {"streaming": "green", "connecting": "yellow", "stalled": "bold yellow", "failed": "bold red"}
_EVERY_S = 2.0


def status(
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="The box's configuration.")] = None,
    port: Annotated[int | None, typer.Option(help="Its status_port, instead of the configuration.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Print and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the newest health as JSON and end.")] = False,
) -> None:
    """Show cameras with gear, rates, lag and drops, the detector, spool, disk, clock and heat, until Ctrl-C.

    Exit 1 when the box does not answer, or, with --once or --json, when a camera is not streaming.

    Example: placewatch edge status --config /etc/placewatch/box.yaml
    """
    import time

    from rich.console import Console
    from rich.live import Live

    from messages import encode

    where = _port(config, port)
    health = _ask(where)
    if as_json or once:
        if as_json:
            typer.echo(json.dumps(json.loads(encode(health))))
        else:
            Console().print(picture(health, hottest()))
        if any(camera.state != "streaming" for camera in health.cameras):
            raise typer.Exit(1)
        return
    with Live(picture(health, hottest()), auto_refresh=False) as live:
        while True:
            time.sleep(_EVERY_S)
            live.update(picture(_ask(where), hottest()), refresh=True)


def _port(config: Path | None, port: int | None) -> int:
    from edge.config import load_box
    from placewatch.errors import UsageError

    if port is not None:
        return port
    if config is None:
        raise UsageError("which box?", where="edge status", remedy="--config FILE or --port N")
    found = load_box(config).status_port
    if found is None:
        raise UsageError(
            "status_port is not set", where=str(config), remedy="add 'status_port: 9464', restart the box"
        )
    return found


def _ask(port: int) -> "Health":
    import httpx

    from messages import Health, MessageError, decode
    from placewatch.errors import PlacewatchError

    where = f"127.0.0.1:{port}"
    try:
        answer = httpx.get(f"http://{where}/status", timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        raise PlacewatchError(
            "the box does not answer", where=where, remedy="is it running? systemctl status placewatch-edge"
        ) from error
    try:
        return decode(answer.content, Health)
    except MessageError as error:
        raise PlacewatchError(
            "has said nothing of itself yet", where=where, remedy="try again in a few seconds"
        ) from error


def picture(health: "Health", temperature_c: float | None = None) -> "RenderableType":
    """Health as people like to read it, in 80 columns; beside the gear stand seconds between keyframes.

    Args:
        health: As the worker tells it.
        temperature_c: Of the hottest part of this machine, degrees Celsius; None where no sensor is.
    """
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("camera", overflow="fold", min_width=8)
    for name, width in (("state", 10), ("gear", 9), ("picture", 9)):
        table.add_column(name, no_wrap=True, min_width=width)
    for name in ("fps", "looks", "lag s", "drops", "errors", "again"):
        table.add_column(name, no_wrap=True, justify="right", min_width=len(name))
    for camera in health.cameras:
        table.add_row(*_row(camera, health))
    spool = health.spool
    dropped = spool.alerts_dropped + spool.pictures_dropped
    heat = "no sensor" if temperature_c is None else f"{temperature_c:.0f} °C"
    lines = [
        f"{health.site}/{health.box}  {health.version}  {health.model}  as of {health.time:%H:%M:%S} UTC",
        (
            f"detector: {health.detect_load:.0%} busy, {health.detect_ms:.1f} ms a look, "
            f"{health.canvases_per_look:.2f} inferences a look"
        ),
        (
            f"spool: {spool.waiting} waiting ({spool.bytes / 1e6:.1f} MB, oldest {spool.oldest_s:.0f} s), "
            f"{spool.receipted} of {spool.spooled} receipted, {spool.rejected} rejected, {dropped} given up"
        ),
        (
            f"disk: {health.disk_free_bytes / 1e9:.1f} GB free   clock: {_clock(health)}   "
            f"temperature: {heat}   up {health.uptime_s / 3600:.1f} h"
        ),
    ]
    lines += [line for line in (_config(health), _update(health)) if line]
    whys = [
        Text(f"{each.camera}: {why}", style="yellow" if each.reason else "")
        for each in health.cameras
        if (why := each.reason or each.gear_reason) not in {"", "motion"}
    ]
    said = [Text(f"degraded: {text}", style="bold yellow") for text in health.degraded]
    return Group(table, *whys, *(Text(line) for line in lines), *said)


def hottest() -> float | None:
    """Degrees Celsius of this machine's hottest part, by the kernel's sensors; None where it has none."""
    import psutil

    read = getattr(psutil, "sensors_temperatures", None)  # Linux and FreeBSD alone
    if read is None:
        return None
    found = [sensor.current for group in read().values() for sensor in group]
    return max(found, default=None)


def _row(camera: "CameraHealth", health: "Health") -> tuple["RenderableType", ...]:
    from rich.text import Text

    lag = None if camera.last_frame is None else (health.time - camera.last_frame).total_seconds()
    return (
        camera.camera,
        Text(camera.state, style=_STYLES[camera.state]),
        str(camera.gear) if camera.gop_s is None else f"{camera.gear} {camera.gop_s:.1f}",
        f"{camera.width}x{camera.height}" if camera.width else "",
        f"{camera.fps:.1f}",
        f"{camera.looks_per_s:.1f}",
        "" if lag is None else f"{max(0.0, lag):.1f}",
        str(camera.frames_dropped),
        str(camera.decode_errors),
        str(camera.reconnects),
    )


def _config(health: "Health") -> str:
    config = health.config
    if config is None:
        return ""
    runs = f"version {config.version}" if config.version else "its own file"
    became = f"   newest: version {config.wanted} {config.state}" if config.wanted else ""
    why = f" ({config.reason})" if config.reason else ""
    unheard = f"   not believed: {config.disbelieved} ({config.disbelief})" if config.disbelieved else ""
    return f"configuration: {runs}{became}{why}{unheard}"


def _update(health: "Health") -> str:
    update = health.update
    if update is None:
        return ""
    why = f" ({update.reason})" if update.reason else ""
    return f"update: {update.software} {update.state}{why}"


def _clock(health: "Health") -> str:
    return "not compared" if health.clock_offset_s is None else f"{health.clock_offset_s:+.1f} s"
