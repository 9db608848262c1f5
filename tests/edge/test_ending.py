"""A process ends cleanly although one of its threads hangs."""

import subprocess
import sys
from threading import Event, Thread

import pytest

from edge.runner.ending import alive, leave_behind

_PROGRAM = """
import time
from threading import Event, Thread
from edge.runner.ending import alive, leave_behind
from placewatch.logs import configure

configure(fmt="json", verbose=False)
begun = Event()


def hang() -> None:
    begun.set()
    time.sleep(600)


hanging = Thread(target=hang, name="camera-gate", daemon=True)
ended = Thread(target=begun.set, name="clips", daemon=True)
for thread in (hanging, ended):
    thread.start()
begun.wait()
ended.join()
print("all is on disk")
leave_behind(alive([hanging, ended]))
raise SystemExit("it went on")
"""


def test_a_thread_that_hangs_is_named_and_left_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert done.stdout == "all is on disk\n"
    assert '"threads": "camera-gate"' in done.stderr
    assert "it went on" not in done.stderr


def test_a_process_whose_threads_have_ended_goes_on_to_its_usual_end() -> None:
    over = Event()
    thread = Thread(target=over.set)
    assert alive([thread]) == []  # not begun
    thread.start()
    thread.join()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os._exit", lambda _code: pytest.fail("left at once"))
        leave_behind(alive([thread]))
    assert over.is_set()
