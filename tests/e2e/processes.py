"""Processes that a demo started, and whether they are gone."""

import time

import psutil


def family(pid: int) -> list[psutil.Process]:
    """The process and all that it started."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def gone(processes: list[psutil.Process], timeout_s: float) -> bool:
    """Whether all of them end in time (a zombie has ended)."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not any(_runs(process) for process in processes):
            return True
        time.sleep(0.1)
    return False


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
