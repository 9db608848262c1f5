"""Pictures for docs/field.md: what an installer sees, of real runs against a served camera.

    python -m scripts.make_field_pictures CLIPS --out docs/images

CLIPS holds gate.mp4 and gate-sub.mp4, two streams of one camera. A broker runs beside it.
"""

import argparse
import json
import os
import pty
import subprocess
import sys
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from rich.console import Console
from rich.text import Text

from tests import servers

COMMAND = [sys.executable, "-m", "placewatch"]
WIDTH = 118
PASSWORD = "a/b@c-1"  # noqa: S105 - of a camera that lives for a minute


def run(words: list[str], folder: Path, env: dict[str, str]) -> str:
    """What a command prints on a terminal, with its colours."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *words], stdout=theirs, stderr=subprocess.DEVNULL, cwd=folder, env=env
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # a terminal whose last program has ended
            break
        if not part:
            break
        seen += part
    process.wait()
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def told(text: str, folder: Path) -> str:
    """Without this machine's own folders, which help no reader."""
    return text.replace(sys.prefix, ".venv").replace(str(folder), "here")


def draw(said: list[tuple[str, str]], title: str, target: Path) -> None:
    """Commands and what they said, as an SVG."""
    console = Console(record=True, width=WIDTH, file=StringIO(), highlight=False)
    for words, text in said:
        console.print(Text(f"$ placewatch {words}", style="bold"))
        console.print(Text.from_ansi(text.rstrip("\n")))
    target.write_text(console.export_svg(title=title), encoding="utf-8")


def main() -> None:
    """Serve a camera, run what an installer runs, draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        broker = stack.enter_context(servers.mosquitto())
        (folder / "pw").write_text(PASSWORD)
        who = ["--user", "viewer", "--password-file", str(folder / "pw")]
        serve = [
            *COMMAND,
            "footage",
            "serve",
            str(options.clips.resolve()),
            "--port",
            "0",
            "--onvif",
            "0",
            *who,
        ]
        server = subprocess.Popen([*serve, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        stack.callback(servers.end, server)
        service = next(iter(json.loads(next(iter(server.stdout or ())))["onvif"].values()))
        box = {"site": "city-east", "box": "box-1", "broker": {"port": broker.port}, "places": []}
        box |= {"spool": {"path": "spool.sqlite"}, "cameras": []}
        (folder / "box.yaml").write_text(yaml.safe_dump(box))
        encoded = PASSWORD.replace("/", "%2F").replace("@", "%40")
        env = {**os.environ, "CAMERA_USER": "viewer", "CAMERA_PASSWORD": encoded, "COLUMNS": str(WIDTH)}
        env |= {"TERM": "xterm-256color", "PYTHONPATH": os.environ.get("PYTHONPATH", str(Path.cwd()))}
        find = ["cameras", "discover", "--device", service, "--interface", "127.0.0.1", "--user", "viewer"]
        find += ["--password-file", "pw", "--add", "box.yaml", "--place", "east-gate", "--class", "school"]
        found = told(run(find, folder, env), folder)
        draw([(" ".join(find), found)], "placewatch cameras discover", options.out / "field-discover.svg")
        look = ["doctor", "--config", "box.yaml"]
        draw(
            [(" ".join(look), told(run(look, folder, env), folder))],
            "placewatch doctor",
            options.out / "field-doctor.svg",
        )


if __name__ == "__main__":
    main()
