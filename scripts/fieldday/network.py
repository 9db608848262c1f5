"""Machines of their own on one switch: Linux network namespaces."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Self

SUBNET = "10.77.0"


class NotPermittedError(Exception):
    """The kernel, or whoever runs us, forbids namespaces; the text says which step."""


class Network:
    """Namespaces joined by a bridge in one of their own; nothing of it is seen outside.

    Args:
        hosts: Names of machines; the n-th gets the address ``10.77.0.n``, from 1 on.

    Raises:
        NotPermittedError: There is no ``ip``, or it may not make namespaces.
    """

    def __init__(self, hosts: Sequence[str]) -> None:
        self._ip = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""
        self._prefix = f"pw{os.getpid()}"
        self.addresses = {name: f"{SUBNET}.{number}" for number, name in enumerate(hosts, 1)}

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._remove()

    def command(self, host: str, *command: object) -> list[str]:
        """A command as run on a machine."""
        return [self._ip, "netns", "exec", self._space(host), *map(str, command)]

    def start(
        self, host: str, command: Sequence[object], env: Mapping[str, str], out: IO[bytes] | int
    ) -> "subprocess.Popen[bytes]":
        """Start a command on a machine."""
        return subprocess.Popen(self.command(host, *command), env=dict(env), stdout=out, stderr=out)

    def link(self, host: str, *, up: bool) -> None:
        """Plug a machine's cable in or out."""
        self._run("-n", self._space("switch"), "link", "set", self._port(host), "up" if up else "down")

    def interface(self) -> str:
        """Name of each machine's own interface."""
        return "lan0"

    def _space(self, host: str) -> str:
        return f"{self._prefix}-{host}"

    def _port(self, host: str) -> str:
        return f"p{list(self.addresses).index(host)}"

    def _build(self) -> None:
        if not self._ip:
            msg = "there is no program ip (Debian: iproute2)"
            raise NotPermittedError(msg)
        for host in ("switch", *self.addresses):
            self._run("netns", "add", self._space(host))
            self._run("-n", self._space(host), "link", "set", "lo", "up")
        switch = self._space("switch")
        self._run("-n", switch, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        self._run("-n", switch, "link", "set", "br0", "up")
        for host, address in self.addresses.items():
            own, port = self._space(host), self._port(host)
            self._run("link", "add", port, "netns", switch, "type", "veth", "peer", "lan0", "netns", own)
            self._run("-n", switch, "link", "set", port, "master", "br0", "up")
            self._run("-n", own, "address", "add", f"{address}/24", "dev", "lan0")
            self._run("-n", own, "link", "set", "lan0", "up")
            self._run("-n", own, "route", "add", "default", "dev", "lan0")  # multicast wants a way out

    def _remove(self) -> None:
        for host in ("switch", *self.addresses):
            with suppress(NotPermittedError):
                self._run("netns", "delete", self._space(host))

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([self._ip, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            msg = f"ip {' '.join(arguments[:2])}: {done.stderr.strip()}"
            raise NotPermittedError(msg)


def has_link_outside(network: Network, host: str) -> bool:
    """Whether a machine sees any interface but its own and loopback."""
    shown = subprocess.run(
        network.command(host, "cat", "/proc/net/dev"), capture_output=True, text=True, check=True
    ).stdout
    names = {line.partition(":")[0].strip() for line in shown.splitlines()[2:]}
    return names != {"lo", "lan0"}
