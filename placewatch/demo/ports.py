"""TCP ports of this machine: free ones, taken ones, and waiting until one answers."""

import errno
import socket
import time
from collections.abc import Callable

from placewatch.errors import PlacewatchError

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """``count`` different ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def check_free(port: int, option: str) -> None:
    """Make sure that ``port`` can be listened on.

    Args:
        port: TCP port.
        option: Which option named it, for the remedy.

    Raises:
        PlacewatchError: It is in use, or not ours to take.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            reason = "is in use by another program" if taken else "cannot be listened on"
            raise PlacewatchError(
                f"port {port} {reason}",
                where=option,
                remedy=f"choose another, or leave {option} out: a free one is taken",
            ) from error


def is_free(port: int) -> bool:
    """Whether ``port`` can be listened on."""
    try:
        check_free(port, "port")
    except PlacewatchError:
        return False
    return True


def wait_open(port: int, timeout_s: float, alive: Callable[[], bool]) -> bool:
    """Wait until something listens on ``port``; False when it does not in time or ``alive`` turns false."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and alive():
        try:
            with socket.create_connection((HOST, port), timeout=1.0):
                return True
        except OSError:
            time.sleep(0.05)
    return False
