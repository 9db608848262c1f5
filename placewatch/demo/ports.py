"""TCP ports of this machine: free ones, taken ones, and waiting until one answers."""

import errno
import random
import socket
import time
from collections.abc import Callable
from itertools import islice

from placewatch.errors import PlacewatchError

HOST = "127.0.0.1"


_CHOICE = range(20000, 32000)
"""Below what systems give to outgoing connections (Linux from 32768, others from 49152): a port from that
range may be somebody's connection between the moment it was seen free and the moment a server listens."""

_TRIES = 200


def free_ports(count: int) -> list[int]:
    """``count`` different ports that nobody listens on now.

    Raises:
        PlacewatchError: Hardly any port is free.
    """
    # SystemRandom: processes that fork from one another must not try the same ports.
    candidates = random.SystemRandom().sample(_CHOICE, _TRIES)
    found = list(islice(filter(is_free, candidates), count))
    if len(found) < count:
        raise PlacewatchError(
            f"no {count} free ports between {_CHOICE.start} and {_CHOICE.stop - 1}",
            where=HOST,
            remedy="end programs that listen there",
        )
    return found


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
