"""``placewatch cameras``: find cameras on the network, and look whether one suits."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from placewatch.probe.found import Camera

app = typer.Typer(help="Find cameras on the network, and look whether one suits.", no_args_is_help=True)

User = Annotated[str | None, typer.Option("--user", metavar="NAME", help="User of the camera.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="Its first line is the password; else PLACEWATCH_CAMERA_PASSWORD is.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@app.command("discover")
def discover(
    interface: Annotated[
        str | None, typer.Option(metavar="NAME", help="Search here (name or own address); everywhere else.")
    ] = None,
    timeout_s: Annotated[
        float,
        typer.Option("--timeout", min=0.2, max=60, metavar="SECONDS", help="Wait this long for answers."),
    ] = 3.0,
    device: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Ask this device service too (other networks). Repeatable."),
    ] = None,
    user: User = None,
    password_file: PasswordFile = None,
    add: Annotated[
        Path | None, typer.Option("--add", metavar="FILE", help="Write what was found into this box.yaml.")
    ] = None,
    place: Annotated[
        str | None, typer.Option(metavar="ID", help="The place that they watch, for --add.")
    ] = None,
    place_class: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="What the place is, for a new one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Search for ONVIF cameras, ask them for their streams, and propose the one to analyse.

    Asks by multicast (WS-Discovery), then each camera for its profiles; most want a user. What is written
    with --add has ${CAMERA_USER} and ${CAMERA_PASSWORD} where these belong. Exit 1 when nothing was found.

    Example: placewatch cameras discover --interface eth0 --user viewer --add box.yaml --place gate
    """
    from uuid import uuid4

    from rich.console import Console

    from edge.onvif.discovery import interfaces, search
    from placewatch.errors import UsageError
    from placewatch.probe.found import ask_all, write
    from placewatch.secrets import sign_in
    from placewatch.words import counted

    who = sign_in(user, password_file)
    if add is not None and place is None:
        raise UsageError("which place do they watch?", where="--add", remedy="name it: --place ID")
    console = Console(stderr=True)
    with console.status(f"searching for {timeout_s:g} s ...") as status:
        found, problems = search(interfaces(interface), timeout_s, uuid4)
        status.update(f"asking {counted(len(found) + len(device or ()), 'camera')} ...")
        cameras = ask_all(found, device or (), who)
    written = write(cameras, add, place, place_class, user=user) if add and place else {}
    if as_json:
        document = {
            "cameras": [{**_document(each), "written_as": written.get(each.service)} for each in cameras],
            "problems": [str(each) for each in problems],
        }
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        _tell(cameras, [str(each) for each in problems], written, add)
    if not cameras:
        raise typer.Exit(1)


def _document(camera: "Camera") -> dict[str, Any]:
    device, chosen = camera.device, camera.chosen
    return {
        **{key: getattr(camera, key) for key in ("address", "service", "name", "problem")},
        "maker": device.maker if device else "",
        "model": device.model if device else "",
        "firmware": device.firmware if device else "",
        "clock_off_s": device.clock_off_s if device else None,
        "profiles": [asdict(each) for each in device.profiles] if device else [],
        "proposed": chosen.token if chosen else None,
        "advice": list(camera.advice),
    }


def _tell(cameras: "list[Camera]", problems: list[str], written: dict[str, str], file: Path | None) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    for camera in cameras:
        about = f"{camera.device.maker} {camera.device.model}".strip() if camera.device else "?"
        console.print(f"[bold]{escape(camera.address)}[/]  {escape(camera.name)}  {escape(about)}")
        if camera.problem:
            console.print(f"  [red]{escape(camera.problem)}[/]")
        for profile in camera.device.profiles if camera.device else ():
            mark = "[green]->[/]" if profile is camera.chosen else "  "
            trouble = f"  [red]{escape(profile.trouble)}[/]" if profile.trouble else ""
            console.print(f"  {mark} {escape(profile.name)}: {profile.told}  {escape(profile.url)}{trouble}")
        for said in camera.advice:
            console.print(f"     [yellow]{said}[/]")
        if camera.service in written:
            console.print(f"     {file}: written as {written[camera.service]}")
    for problem in problems:
        console.print(f"[red]{escape(problem)}[/]")
    if not cameras:
        console.print(
            "no camera answered: is this their interface (--interface), is ONVIF on at the camera,"
            " does a firewall drop UDP 3702? A camera elsewhere: --device http://ADDRESS/onvif/device_service"
        )
    elif written:
        console.print(
            "Set CAMERA_USER and CAMERA_PASSWORD in the worker's environment, a file or a systemd credential."
        )


@app.command("probe")
def probe(
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="rtsp://… without the password, or a clip.")
    ] = None,
    camera: Annotated[str | None, typer.Option(metavar="ID", help="This camera of --config instead.")] = None,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The box's configuration.")] = Path(
        "box.yaml"
    ),
    user: User = None,
    password_file: PasswordFile = None,
    transport: Annotated[
        Literal["tcp", "udp"] | None, typer.Option(help="How its video travels; tcp unless configured.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=2, max=600, help="How long it is watched.")] = 10.0,
    still: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a redacted still here (JPEG).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Watch a camera for some seconds and say whether it suits: codec, size, rate, keyframes, clock, loss.

    Exit 0 when it suits, also with limits; 1 when it does not.

    Example: placewatch cameras probe rtsp://192.0.2.10/stream2 --user viewer --still gate.jpg
    """
    from edge.ingest.errors import safe_url
    from placewatch.clock import SystemClock
    from placewatch.doctor.finding import Status
    from placewatch.probe.measure import measure
    from placewatch.probe.verdict import judge, suits

    address, where, way = _chosen(url, camera, config, user, password_file)
    way = transport or way
    with _watching(safe_url(address)) as tell:
        measured, image = measure(
            address, SystemClock(), transport=way, where=where, seconds=seconds, tell=tell
        )
    findings = judge(measured, way)
    status, verdict = suits(findings)
    covered = None if still is None else _write_still(image, still)
    if as_json:
        document = {
            "url": safe_url(address), "transport": way, "measured": asdict(measured),
            "findings": [asdict(each) for each in findings], "status": status, "verdict": verdict,
            "still": str(still) if still else None,
        }  # fmt: skip
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        _show(safe_url(address), findings, status, verdict)
        if still:
            typer.echo(f"{still}: its picture, {covered} regions covered")
    if status is Status.FAIL:
        raise typer.Exit(1)


def _chosen(
    url: str | None, camera: str | None, config: Path, user: str | None, file: Path | None
) -> tuple[str, str, Literal["tcp", "udp"]]:
    """Address with credentials, camera id for errors, and transport."""
    from edge.config import load_box
    from placewatch.errors import UsageError
    from placewatch.secrets import expand, sign_in, signed, without_password

    if (url is None) == (camera is None):
        raise UsageError("give an address, or --camera ID", where="cameras probe")
    if url is not None:
        return signed(expand(without_password(url)), sign_in(user, file)), "", "tcp"
    for each in load_box(config).cameras:
        if each.id == camera:
            return each.url, each.id, each.transport
    raise UsageError(f"there is no camera {camera}", where=str(config), remedy="its id is under 'cameras:'")


def _write_still(image: Any, target: Path) -> int:  # noqa: ANN401 - an array; its type loads numpy
    from edge.redact.redactor import Redactor
    from placewatch.files import write_file

    redacted = Redactor.load().redact(image)
    write_file(target, redacted.jpeg(max_side=1920, max_bytes=1024 * 1024))
    return redacted.blurred


def _watching(what: str) -> Any:  # noqa: ANN401 - a context manager
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    @contextmanager
    def bar() -> Any:  # noqa: ANN401
        columns = TextColumn("watching {task.description}"), BarColumn()
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(what, total=1.0)
            yield lambda part: progress.update(task, completed=part)

    return bar()


def _show(url: str, findings: list[Any], status: str, verdict: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    colours = {"ok": "green", "warn": "yellow", "fail": "red"}
    table = Table(box=None, show_header=False, pad_edge=False)
    for each in findings:
        remedy = f" [dim]({escape(each.remedy)})[/]" if each.remedy else ""
        table.add_row(f"[{colours[each.status]}]{each.status}[/]", each.check, f"{escape(each.text)}{remedy}")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"[bold {colours[status]}]{escape(url)}: {escape(verdict)}[/]")
