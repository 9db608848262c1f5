"""sd_notify: telling systemd that a service is ready, alive, stopping. Does nothing where nobody listens.

The protocol is a datagram of ``NAME=value`` lines to a Unix socket (sd_notify(3)).
"""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Event, Thread
from typing import Self


class Notifier:
    """Speaks to the service manager that started this process.

    Args:
        address: Path of its socket, ``@name`` for an abstract one; None when there is none.
        watchdog_s: It kills a service that has been silent for so long; None when it does not watch.
    """

    def __init__(self, address: str | None, watchdog_s: float | None = None) -> None:
        self._address = None if not address else address.replace("@", "\0", 1)
        self.watchdog_s = watchdog_s

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> Self:
        """As systemd passes it on."""
        meant = env.get("WATCHDOG_PID") in {None, str(os.getpid())}
        usec = env.get("WATCHDOG_USEC", "")
        watchdog_s = int(usec) / 1e6 if usec.isdigit() and int(usec) and meant else None
        return cls(env.get("NOTIFY_SOCKET"), watchdog_s)

    @property
    def beat_s(self) -> float | None:
        """How often `alive` is due: three times within the watchdog's patience."""
        return None if self.watchdog_s is None else self.watchdog_s / 3

    def ready(self, status: str) -> None:
        """The service works; ``status`` is shown by ``systemctl status``."""
        self._send(f"READY=1\nSTATUS={_line(status)}")

    def alive(self, status: str | None = None) -> None:
        """The service makes progress."""
        self._send("WATCHDOG=1" if status is None else f"WATCHDOG=1\nSTATUS={_line(status)}")

    def stopping(self) -> None:
        """The service has begun to stop."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if self._address is None:
            return
        # A manager that is gone must not take the service with it.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(text.encode(), self._address)


def keep_alive(notifier: Notifier, healthy: Callable[[], bool], stop: Event) -> None:
    """Beat on a thread of its own until ``stop``, as long as the service makes progress; returns at once.

    A service that hangs is silent, and the service manager starts it anew.
    """
    beat_s = notifier.beat_s
    if beat_s is None:
        return

    def beat() -> None:
        while not stop.wait(beat_s):
            if healthy():
                notifier.alive()

    Thread(target=beat, name="watchdog", daemon=True).start()


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
