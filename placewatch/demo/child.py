"""Starts a program that dies with its parent: ``python -m placewatch.demo.child PARENT_PID PROGRAM ...``.

Even a killed demo must leave no process behind, so the kernel is asked to kill the child when the parent goes
(Linux; elsewhere the parent's own clean stop has to do).
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the parent's spawning thread ends; exit now if it is gone already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it went before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Replace this process by the program."""
    die_with_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
