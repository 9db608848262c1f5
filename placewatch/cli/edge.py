"""``placewatch edge``: the worker of a box."""

import signal
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated, Literal

import typer

from placewatch.cli.calibrate import calibrate
from placewatch.cli.edge_status import status
from placewatch.cli.new_camera import new_camera, zones
from placewatch.notify import Notifier, keep_alive

app = typer.Typer(help="Run the worker of a box.", no_args_is_help=True)


app.command("new-camera")(new_camera)
app.command("zones")(zones)
app.command("calibrate")(calibrate)


@app.command("run")
def run(
    config: Annotated[Path, typer.Option(metavar="FILE", help="The box's configuration.")],
    log_format: Annotated[
        Literal["console", "json"], typer.Option(help="Log lines for people or for programs.")
    ] = "console",
    verbose: Annotated[bool, typer.Option(help="Log every attempt to reach a camera, too.")] = False,
    drain_s: Annotated[
        float, typer.Option(min=0, max=600, help="Seconds that a stop waits for central's receipts.")
    ] = 10.0,
) -> None:
    """Read the cameras, look, and publish redacted alerts until SIGTERM or Ctrl-C.

    A stop finishes what was seen and waits for receipts; what has none stays in the spool for the next run.
    A second Ctrl-C does not wait. Log lines go to standard error.

    Example: placewatch edge run --config /etc/placewatch/box.yaml --log-format json
    """
    from edge.managed.boot import boot
    from edge.runner.crew import Crew
    from edge.runner.ending import leave_behind
    from edge.runner.process import Orders, load_parts
    from edge.runner.steward import Steward
    from edge.runner.worker import Worker
    from placewatch.clock import SystemClock, utc
    from placewatch.logs import configure
    from placewatch.words import counted

    configure(fmt=log_format, verbose=verbose)
    stop = Event()
    _on_signals(stop)
    clock = SystemClock()
    box, governed = boot(config, utc(clock.now()))
    worker = (
        Worker(box, config.parent, load_parts(box))
        if box.workers == 1
        else Crew(box, config.parent, Orders(box, config.parent, log_format=log_format, verbose=verbose))
    )
    if governed is not None:
        worker.governed_by(Steward(governed, box, clock, load_parts))
    notifier = Notifier.from_environment()
    keep_alive(notifier, worker.healthy, stop)
    worker.run(stop, drain_s=drain_s, started=lambda: notifier.ready(counted(len(box.cameras), "camera")))
    leave_behind(worker.hanging)


app.command("status")(status)


def _on_signals(stop: Event) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        Notifier.from_environment().stopping()
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
