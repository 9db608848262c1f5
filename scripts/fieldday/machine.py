"""A machine of its own in which systemd is process 1: namespaces, and a copy-on-write view of this disk.

Nothing that happens in it is seen outside. Needs root, Linux 5.11 or newer, and systemd on this machine.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.fieldday.network import NotPermittedError
from tests import servers

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_BOOT_S = 90.0

_SCRIPT = """
set -e
echo $$ > {group}/cgroup.procs
exec unshare --mount --pid --fork --uts --ipc --net --cgroup sh -ec '
mount --make-rprivate /
mount -t tmpfs -o size=8g tmpfs {disk}
mkdir {disk}/up {disk}/work {disk}/root
mount -t overlay overlay -o lowerdir=/,upperdir={disk}/up,workdir={disk}/work {disk}/root
cd {disk}/root
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for each in null zero full random urandom tty; do touch dev/$each; mount --bind /dev/$each dev/$each; done
mkdir dev/pts dev/shm run/before
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm
hostname machine
ip link set lo up
pivot_root . run/before
umount -l run/before
exec env -i container=placewatch PATH={path} {systemd} --log-target=console systemd.unit=multi-user.target
' < /dev/null
"""


class Machine:
    """Boots on entry, dies on exit.

    What it writes lies in memory, for an overlay cannot keep it on the file system that it covers.

    Args:
        folder: Gets ``console.log``.

    Raises:
        NotPermittedError: The kernel, or whoever runs us, forbids it; the text says what went wrong.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._group = _cgroups() / f"placewatch-{os.getpid()}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        systemd = next((path for path in map(Path, _SYSTEMD) if path.exists()), None)
        if systemd is None or shutil.which("unshare") is None:
            msg = "there is no systemd, or no program unshare"
            raise NotPermittedError(msg)
        disk = self.folder / "disk"
        disk.mkdir(parents=True, exist_ok=True)
        try:
            self._group.mkdir()
        except OSError as error:
            msg = f"a cgroup cannot be made: {error.strerror}"
            raise NotPermittedError(msg) from error
        script = _SCRIPT.format(group=self._group, path=_PATH, systemd=systemd, disk=disk)
        with (self.folder / "console.log").open("wb") as log:
            self._process = subprocess.Popen(["sh", "-c", script], stdout=log, stderr=log)
        try:
            self._booted()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for pid in self._children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # process 1 of its namespace: all else goes with it
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
        with suppress(AssertionError):
            servers.wait_until(self._left, "an empty machine", 20)

    @property
    def disk(self) -> Path:
        """Its root folder, as seen from here."""
        return Path(f"/proc/{self._children()[0]}/root")

    def run(self, *command: object, text: str = "", check: bool = True) -> str:
        """What a command prints there.

        Raises:
            AssertionError: It failed; with what it said.
        """
        done = self.tried(*command, text=text)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
        return done.stdout

    def tried(self, *command: object, text: str = "") -> "subprocess.CompletedProcess[str]":
        """A command there, whatever becomes of it."""
        inside = ["nsenter", "-t", str(self._children()[0]), "-m", "-p", "-u", "-i", "-n", "-C", "-r", "--"]
        shell = ["/usr/bin/env", "-i", f"PATH={_PATH}", "LANG=C.UTF-8", "sh", "-c", 'cd /; exec "$@"', "sh"]
        whole: Sequence[str] = [*inside, *shell, *map(str, command)]
        return subprocess.run(whole, capture_output=True, text=True, input=text, check=False)

    def shows(self, unit: str, what: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", "-p", what, unit).strip()

    def said(self, unit: str) -> str:
        """What the journal holds of a unit."""
        return self.run("journalctl", "--no-pager", "--output=cat", "-u", unit)

    def _booted(self) -> None:
        def up() -> bool:
            if self._process is None or self._process.poll() is not None:
                msg = (self.folder / "console.log").read_text(errors="replace").strip()[-300:]
                raise NotPermittedError(msg)
            return bool(self._children()) and self._state() in {"running", "degraded"}

        servers.wait_until(up, "systemd", _BOOT_S)

    def _state(self) -> str:
        return self.tried("systemctl", "is-system-running").stdout.strip()

    def _children(self) -> list[int]:
        """Process 1 of the machine, by its number here."""
        if self._process is None:
            return []
        path = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(each) for each in path.read_text().split()] if path.exists() else []

    def _left(self) -> bool:
        for group in sorted(self._group.rglob("*/"), reverse=True):
            with suppress(OSError):
                group.rmdir()
        with suppress(OSError):
            self._group.rmdir()
        return not self._group.exists()


_SYSTEMD = ("/lib/systemd/systemd", "/usr/lib/systemd/systemd")


def _cgroups() -> Path:
    """Where version 2 of control groups is mounted.

    Raises:
        NotPermittedError: Nowhere.
    """
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    msg = "control groups of version 2 are not mounted"
    raise NotPermittedError(msg)
