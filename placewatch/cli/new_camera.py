"""``placewatch edge new-camera`` and ``edge zones``: set up cameras."""

import json
import os
import socket
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from edge.redact.redactor import Redactor

Config = Annotated[Path, typer.Option("--config", metavar="FILE", help="The box's configuration.")]


def new_camera(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="rtsp://… without the password, or a clip; quote it.")
    ],
    place: Annotated[str, typer.Option(metavar="ID", help="The place that it watches.")],
    place_class: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="What the place is; needed for a new one.")
    ] = None,
    config: Config = Path("box.yaml"),
    camera: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="The camera's id; after its place unless given.")
    ] = None,
    transport: Annotated[Literal["tcp", "udp"], typer.Option(help="How its video travels.")] = "tcp",
    site: Annotated[str, typer.Option(help="Site of a box that is begun now.")] = "site-1",
    user: Annotated[str | None, typer.Option(metavar="NAME", help="User of the camera.")] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Its first line is the password; else PLACEWATCH_CAMERA_PASSWORD is."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Look at a camera and add it to a box's configuration, with the rules of its place's class.

    Takes a picture, with faces, heads and plates covered, and puts it beside the configuration. A file that
    is not there is begun. The password is not written: the address gets a variable in its place.

    Example: placewatch edge new-camera rtsp://192.0.2.10/1 --user viewer --place gate --class school
    """
    from edge.config_shapes import check_name
    from edge.drawing.boxfile import BoxFile, hidden_password
    from edge.drawing.grab import grab
    from edge.place_defaults import told
    from placewatch.errors import UsageError
    from placewatch.secrets import expand, sign_in, signed, without_password

    address = signed(url := without_password(url), sign_in(user, password_file))
    file = BoxFile(config)
    numbered = (f"{place}-{number}" for number in range(1, 10_000))
    name = camera or next(each for each in numbered if each not in file.cameras())
    try:
        check_name(name)
        check_name(place)
    except ValueError as error:
        raise UsageError(str(error).replace(" | ", "; ")) from error
    written, variable = hidden_password(address, name)
    if not file.exists:
        file.begin(site, _box_name(), {"host": "127.0.0.1", "port": 1883})
    file.add_camera(name, written, place, place_class, transport)
    grabbed = grab(expand(address), transport=transport, where=name)
    still = config.with_name(f"{name}.jpg")
    redacted = _redactor().redact(grabbed.image)
    box = file.save(env=_environment(variable))
    still.write_bytes(redacted.jpeg(max_side=1920, max_bytes=1024 * 1024))
    added = next(each for each in box.cameras if each.id == name)
    if as_json:
        document = {
            "camera": name, "config": str(config), "still": str(still), "stream": grabbed.told,
            "rules": told(added.rules), "password_in": variable,
        }  # fmt: skip
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    typer.echo(f"{name}: {grabbed.told}")
    typer.echo(f"{config}: added; watches for {told(added.rules) or 'nothing but its own health'}")
    typer.echo(f"{still}: its picture, {redacted.blurred} regions covered")
    if variable:
        typer.echo(f"Set {variable} in the worker's environment: the password is not in the file.")
    typer.echo(f"Next: placewatch edge zones --config {config}   (draw where it is to look)")


def zones(
    config: Config = Path("box.yaml"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address as JSON.")] = False,
) -> None:
    """Draw zones and lines on the cameras' redacted pictures, in a browser on this machine.

    What is saved passes the check first; comments in the file stay. Ctrl-C ends it. From another machine:
    ssh -L 8601:127.0.0.1:8601 BOX, with --port 8601.

    Example: placewatch edge zones --config box.yaml
    """
    import uvicorn

    from edge.config import load_box
    from edge.drawing.app import Drawing, make_page
    from edge.drawing.grab import grab
    from placewatch.errors import UsageError

    load_box(config)  # what is wrong with the file is told before a browser is opened
    drawing = Drawing(
        config,
        lambda camera: grab(camera.url, transport=camera.transport, where=camera.id),
        lambda grabbed: _redactor().redact(grabbed.image),
    )
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(64)  # who comes before the server is up waits instead of being refused
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}: {error.strerror}", remedy="choose another --port"
        ) from error
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    if as_json:
        typer.echo(json.dumps({"ready": True, "url": address}))
    else:
        typer.echo(f"Draw the zones of {config} here: {address}  (Ctrl-C ends)")
    server = uvicorn.Server(uvicorn.Config(make_page(drawing), log_level="warning", access_log=False))
    server.run(sockets=[listener])


@cache
def _redactor() -> "Redactor":
    """The only door; its models are loaded once."""
    from edge.redact.redactor import Redactor

    return Redactor.load()


def _box_name() -> str:
    name = "".join(letter for letter in socket.gethostname() if letter.isalnum() or letter in "-_")
    return name[:64] or "box-1"


def _environment(variable: str | None) -> dict[str, str]:
    """The environment as it will be once the password is in it."""
    return {**os.environ, variable: "x"} if variable else dict(os.environ)
