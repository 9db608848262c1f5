"""``placewatch footage``: recorded clips as cameras."""

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from placewatch.footage.auth import Credentials
    from placewatch.footage.onvif import OnvifServer
    from placewatch.footage.progress import Progress
    from placewatch.footage.server import ReplayServer

app = typer.Typer(
    no_args_is_help=True, help="Recorded clips as cameras: fetch some, serve a folder over RTSP."
)


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with video files, or one file.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="RTSP port; 0 takes a free one.")] = 8554,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    user: Annotated[
        str | None,
        typer.Option(help="Clients must log in as this user."),
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take the password from the first line of this file.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="Something goes wrong: \\[STREAM:]FAULT\\[=VALUE]\\[@START]\\[+LENGTH]\\[/EVERY], in s."
            " Repeatable; placewatch footage faults lists them.",
        ),
    ] = None,
    faults_file: Annotated[
        Path | None, typer.Option("--faults", metavar="FILE", help="The same from a YAML file.")
    ] = None,
    onvif: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="PORT", help="Be found as ONVIF cameras too; 0: a free port."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as one JSON line.")] = False,
) -> None:
    """Serve every clip of DIR as an endless RTSP camera, in real time, until Ctrl-C.

    H.264 and H.265 are sent as they are stored, over TCP or UDP; other codecs are made H.264 once and kept.
    A file that is no video is named and skipped. With --user, clients must log in; the password is taken from
    PLACEWATCH_RTSP_PASSWORD or from --password-file. With --fault, cameras misbehave as real ones do. With
    --onvif they answer a search for cameras; clips NAME and NAME-sub are two streams of one.

    Example: placewatch footage serve ~/recordings --fault gate:stall@60+20/300 --fault loss=0.01
    """
    import asyncio

    from placewatch import logs
    from placewatch.footage.catalog import read_folder
    from placewatch.footage.fault_plan import check, parse, read_plan
    from placewatch.footage.serve import serve as run
    from placewatch.footage.server import ReplayServer, load_clips

    credentials = _credentials(user, password_file)
    wanted = [*map(parse, fault or ()), *(read_plan(faults_file) if faults_file else ())]
    logs.configure()
    with _progress() as progress:
        catalog = read_folder(folder, progress)
        clips, problems = load_clips(catalog.clips, progress)
    for problem in (*catalog.problems, *map(str, problems)):
        sys.stderr.write(f"skipped: {problem}\n")
    if not clips:
        raise problems[0]
    server = ReplayServer(clips, host=host, port=port, credentials=credentials)
    events = check(wanted, {clip.name: clip for clip in clips})
    with ExitStack() as beside:

        def ready() -> None:
            cameras = None if onvif is None else beside.enter_context(_as_onvif(server, onvif))
            _announce(server, cameras, as_json=as_json)

        asyncio.run(run(server, ready, events))


def _as_onvif(server: "ReplayServer", port: int) -> "AbstractContextManager[OnvifServer]":
    from placewatch.footage.onvif import OnvifServer, answering
    from placewatch.footage.serve import reachable

    return answering(OnvifServer(server, reachable(server.host), port))


def _credentials(user: str | None, file: Path | None) -> "Credentials | None":
    """Who may watch; the password comes from a file or the environment, never from the command line."""
    from placewatch.errors import UsageError
    from placewatch.footage.auth import Credentials

    remedy = "name a user with --user, and give its password in --password-file or PLACEWATCH_RTSP_PASSWORD"
    try:
        password = file.read_text(encoding="utf-8").partition("\n")[0].strip() if file else None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(file), remedy=remedy) from error
    if user is None:
        if file is not None:
            raise UsageError("a password without a user", where="--password-file", remedy=remedy)
        return None
    password = password or os.environ.get("PLACEWATCH_RTSP_PASSWORD")
    if not user or not password or ":" in user:
        raise UsageError("a user without a password, or no proper name", where="--user", remedy=remedy)
    return Credentials(user, password)


def _announce(server: "ReplayServer", cameras: "OnvifServer | None", *, as_json: bool) -> None:
    from placewatch.footage.serve import reachable

    clips = [shelf.clip for shelf in server.shelves.values()]
    host = reachable(server.host)
    if as_json:
        urls = {clip.name: server.url(clip.name, host) for clip in clips}
        services = {} if cameras is None else {name: cameras.service(name) for name in cameras.cameras}
        document = {"port": server.port, "urls": urls, "onvif": services}
        typer.echo(msgspec.json.encode(document).decode())
    else:
        width = max(len(server.url(clip.name, host)) for clip in clips)
        for clip in clips:
            size = f"{clip.width}x{clip.height}"
            form = f"{clip.codec:4}  {size:>9}  {clip.timeline.fps:.4g} fps"
            typer.echo(f"{server.url(clip.name, host):{width}}  {form}")
        for name in cameras.cameras if cameras else ():
            typer.echo(f"{cameras.service(name) if cameras else ''}  ONVIF")
        typer.echo(f"ready: {len(clips)} camera{'' if len(clips) == 1 else 's'}; Ctrl-C ends")
    sys.stdout.flush()


@app.command("faults")
def list_faults(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List what can go wrong with a served camera, for `serve --fault`.

    Example: placewatch footage faults
    """
    from placewatch.footage.fault_plan import KINDS

    if as_json:
        rows = [{"fault": name, "value": kind.value, "does": kind.does} for name, kind in KINDS.items()]
        typer.echo(msgspec.json.encode(rows).decode())
        return
    for name, kind in KINDS.items():
        typer.echo(f"{name + (f'={kind.value.upper()}' if kind.value else ''):20}  {kind.does}")
    typer.echo(
        "\nas in: --fault stall@10+5/60 (from second 10 on, for 5 s, every 60 s), --fault gate:loss=0.05"
    )


@app.command()
def fetch(
    out: Annotated[Path | None, typer.Option(help="Keep the clips here, not in the user's cache.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the files as one JSON document.")] = False,
) -> None:
    """Fetch the demo's footage: a street camera and three shots of a film, checked and cached.

    Example: placewatch footage fetch
    """
    from placewatch.footage.fetch import fetch as get

    with _progress() as progress:
        found = get(progress, out)
    for problem in found.problems:
        sys.stderr.write(f"not fetched: {problem}\n")
    if as_json:
        clips = {name: str(file) for name, file in found.clips.items()}
        typer.echo(msgspec.json.encode({"clips": clips, "problems": found.problems}).decode())
        return
    for name, file in found.clips.items():
        typer.echo(f"{name}  {file}")


@app.command("list")
def list_footage(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the demo's footage, and whether it is here.

    Example: placewatch footage list
    """
    from placewatch.footage.fetch import SHOTS, footage_dir, is_here

    folder = footage_dir()
    rows = [
        {
            "name": shot.name,
            "here": is_here(folder, shot),
            "path": str(folder / f"{shot.name}.mp4"),
            "shows": shot.shows,
        }
        for shot in SHOTS
    ]
    if as_json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    for row in rows:
        typer.echo(f"{'here  ' if row['here'] else 'absent'}  {row['name']:14}  {row['shows']}")
    typer.echo(
        f"in {folder}"
        if all(row["here"] for row in rows)
        else "placewatch footage fetch brings the absent ones"
    )


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A Rich bar on standard error; it appears with the first news."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Bars(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, share: float | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None if share is None else 1.0)
            if share is not None:
                bars.update(tasks[what], total=1.0, completed=share)

        yield tell
