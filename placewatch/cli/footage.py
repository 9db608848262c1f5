"""``placewatch footage``: recorded clips as cameras."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from placewatch.footage.server import ReplayServer
    from placewatch.footage.sources import Progress

app = typer.Typer(
    no_args_is_help=True, help="Recorded clips as cameras: fetch some, serve a folder over RTSP."
)


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with video files.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="RTSP port; 0 takes a free one.")] = 8554,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    user: Annotated[str | None, typer.Option(help="Ask clients for this user and a password.")] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="PLACEWATCH_RTSP_PASSWORD", show_envvar=True, help="That user's password."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as one JSON line.")] = False,
) -> None:
    """Serve every clip of DIR as an endless RTSP camera, in real time, until Ctrl-C.

    H.264 and H.265 are sent as they are stored, over TCP or UDP; other codecs are made H.264 once and kept.

    Example: placewatch footage serve ~/recordings --port 8554
    """
    import asyncio

    from placewatch import logs
    from placewatch.footage.auth import Credentials
    from placewatch.footage.catalog import read_folder
    from placewatch.footage.serve import serve as run
    from placewatch.footage.server import ReplayServer

    if (user is None) != (password is None):
        raise typer.BadParameter("give both --user and a password, or neither")
    logs.configure()
    with _progress() as progress:
        catalog = read_folder(folder, progress)
    for problem in catalog.problems:
        sys.stderr.write(f"skipped: {problem}\n")
    credentials = Credentials(user, password) if user and password else None
    server = ReplayServer(catalog.clips, host=host, port=port, credentials=credentials)
    asyncio.run(run(server, lambda: _announce(server, as_json=as_json)))


def _announce(server: "ReplayServer", *, as_json: bool) -> None:
    clips = [shelf.clip for shelf in server.shelves.values()]
    if as_json:
        urls = {clip.name: server.url(clip.name) for clip in clips}
        typer.echo(msgspec.json.encode({"port": server.port, "urls": urls}).decode())
    else:
        for clip in clips:
            size = f"{clip.width}x{clip.height}"
            typer.echo(f"{server.url(clip.name)}  {clip.codec} {size} {clip.fps:.3g} fps")
        typer.echo(f"ready: {len(clips)} cameras; Ctrl-C ends")
    sys.stdout.flush()


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
def list_footage() -> None:
    """List the demo's footage, and whether it is here.

    Example: placewatch footage list
    """
    from placewatch.footage.fetch import SHOTS, footage_dir

    folder = footage_dir()
    for shot in SHOTS:
        file = folder / f"{shot.name}.mp4"
        typer.echo(f"{'here   ' if file.exists() else 'absent '} {shot.name}: {shot.shows}")


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
