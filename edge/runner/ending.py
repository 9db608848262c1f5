"""How a process of a box ends although a thread of its own hangs in native code.

Python ends such threads by unwinding them as soon as they come back from it; frames of C++ (onnxruntime,
OpenCV) do not let themselves be unwound, and the process would abort after all was done: a core file, and a
service that seems to have crashed.
"""

import logging
import os
import sys
from collections.abc import Iterable
from threading import Thread

from placewatch.logs import get_logger


def alive(threads: Iterable[Thread]) -> list[str]:
    """Names of those that have begun and not ended."""
    return sorted(thread.name for thread in threads if thread.is_alive())


def leave_behind(hanging: Iterable[str]) -> None:
    """End this process at once, with success, if threads hang; otherwise return, and let Python end it.

    Whatever has to be kept is on disk by now: this is the last thing a process does.

    Args:
        hanging: Their names (`alive`).
    """
    names = list(hanging)
    if not names:
        return
    get_logger().warning("threads_left_behind", threads=", ".join(names))
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
