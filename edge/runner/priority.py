"""Threads that step back when something more urgent runs."""

import os
import sys
import threading
from contextlib import suppress

NICE = 10
"""How much lower their priority is than the worker's."""


def lower_priority() -> None:
    """Of this thread alone: on Linux each has its own niceness."""
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            own = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, min(own + NICE, 19))
