"""Two versions side by side: install the new one, try it, switch, and switch back by itself when it fails."""

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.version import Version

from placewatch.bundle.archive import unpack
from placewatch.bundle.installed import KEEP, prune
from placewatch.bundle.manifest import Manifest, read_public_key, verify
from placewatch.errors import PlacewatchError, TrustError

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True, slots=True)
class Site:
    """Where Placewatch lies on this machine, and how its service is handled.

    Attributes:
        prefix: Folder of ``versions`` and ``current``.
        config: Folder of ``release.pub`` and the configuration.
        file: Configuration that the new version must accept.
        restart: Command that starts the service anew and waits until it is ready.
        active: Command that succeeds while the service works.
        watch_s: How long the new version must work before the update counts as done.
        role: ``box`` or ``central``.
        units: Folder of the service units, which follow the version in use; None where systemd has none.
        keep: Versions that stay installed.
    """

    prefix: Path
    config: Path
    file: Path
    restart: tuple[str, ...]
    active: tuple[str, ...]
    watch_s: float = 60.0
    role: str = "box"
    units: Path | None = None
    keep: int = KEEP

    @property
    def current(self) -> Path:
        """The link to the version in use."""
        return self.prefix / "current"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an update went.

    Attributes:
        before: Version before.
        after: Version that is in use now.
        returned: Why the old one is in use again, or empty.
    """

    before: str
    after: str
    returned: str = ""


def update(
    bundle: Path,
    site: Site,
    *,
    downgrade: bool = False,
    expect: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
    run: Run | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Bring this machine to the version of a bundle; the old version stays installed.

    Nothing of the bundle is run before its signature was verified with the key that this machine remembers.

    Args:
        bundle: The bundle's file.
        site: This machine.
        downgrade: Whether an older version may replace a newer one.
        expect: Version that the bundle must hold; any unless given.
        tell: Told what goes on.
        run: Runs a command.
        sleep: Waits.

    Raises:
        TrustError: The bundle is not believed.
        PlacewatchError: The new version cannot be installed or fails its self-test; the old one was never
            stopped.
    """
    run = run or _run
    before = _version_in_use(site)
    with TemporaryDirectory(prefix="pw-update-") as temporary:
        folder = Path(temporary)
        tell("verifying the bundle")
        unpack(bundle, folder)
        manifest = verify(folder, read_public_key(site.config / "release.pub"))
        if expect not in {None, manifest.version}:
            raise TrustError(f"holds version {manifest.version}, not {expect}", where=str(bundle))
        _newer(manifest, before, downgrade=downgrade, bundle=bundle)
        tell(f"installing {manifest.version} beside {before}")
        _must(
            run,
            [
                "sh",
                str(folder / "install.sh"),
                "--only-unpack",
                "--prefix",
                str(site.prefix),
                "--config",
                str(site.config),
            ],
            "the new version cannot be installed",
        )
    fresh = site.prefix / "versions" / manifest.version
    tell("self-test of the new version")
    _self_test(run, fresh, site.file)
    tell("switching")
    old = site.current.resolve()
    switch(site.current, fresh)
    _renew_units(site, run, tell)
    trouble = _restarted(site, run, sleep)
    if not trouble:
        for gone in prune(site.prefix, site.keep, {before}):
            tell(f"removed {gone.version}")
        return Outcome(before, manifest.version)
    tell(f"going back: {trouble}")
    switch(site.current, old)
    _renew_units(site, run, tell)
    run(site.restart)
    return Outcome(before, before, trouble)


def _renew_units(site: Site, run: Run, tell: Callable[[str], None]) -> None:
    """The service units of the version in use; where they cannot be written the ones at hand serve on."""
    version = site.current.resolve()
    script = version / "install.py"
    if site.units is None or not script.exists():  # versions before 0.2 left that to their installation
        return
    python = str(version / "venv" / "bin" / "python")
    done = run([python, str(script), "--only-units", "--role", site.role, "--units", str(site.units)])
    if done.returncode:
        tell(f"the units stay as they are: {_last(done)}")


def switch(link: Path, version: Path) -> None:
    """Point ``link`` to a version, in one step."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(version)
    fresh.replace(link)


def _self_test(run: Run, fresh: Path, file: Path) -> None:
    """Decode, infer, redact, reach the broker and come back, with the new version and this machine's file.

    A camera that is away says nothing about the new version.
    """
    done = run([str(fresh / "venv" / "bin" / "placewatch"), "doctor", "--config", str(file), "--json"])
    try:
        findings = json.loads(done.stdout)["findings"]
        bad = [f"{each['check']}: {each['text']}" for each in findings if each["status"] == "fail"]
    except (ValueError, KeyError, TypeError):
        bad = [_last(done)]
    bad = [text for text in bad if not text.startswith("cameras:")]
    if bad:
        raise PlacewatchError(
            f"the new version fails its self-test: {bad[0]}",
            where="update",
            remedy="the running version is untouched; mend the cause and try again",
        )


def _restarted(site: Site, run: Run, sleep: Callable[[float], None]) -> str:
    """Why the new version does not work, or empty."""
    done = run(site.restart)
    if done.returncode:
        return f"it does not start: {_last(done)}"
    steps = 10
    for _ in range(steps):
        sleep(site.watch_s / steps)
        done = run(site.active)
        if done.returncode:
            return f"it stopped working: {_last(done)}"
    return ""


def _version_in_use(site: Site) -> str:
    try:
        manifest = json.loads((site.current / "bundle.json").read_bytes())
        return str(manifest["version"])
    except (OSError, ValueError, KeyError) as error:
        raise PlacewatchError(
            "no installed version is in use here",
            where=str(site.current),
            remedy="install a bundle first: sh FILE.run",
        ) from error


def _newer(manifest: Manifest, before: str, *, downgrade: bool, bundle: Path) -> None:
    if manifest.version == before:
        raise TrustError(f"version {before} is in use already", where=str(bundle), remedy="nothing to do")
    if not downgrade and Version(manifest.version) < Version(before):
        raise TrustError(
            f"version {manifest.version} is older than {before}",
            where=str(bundle),
            remedy="old versions have known faults; --downgrade if you mean it",
        )


def _must(run: Run, command: Sequence[str], failure: str) -> None:
    done = run(command)
    if done.returncode:
        raise PlacewatchError(
            f"{failure}: {_last(done)}", where="update", remedy="the running version is untouched"
        )


def _last(done: "subprocess.CompletedProcess[str]") -> str:
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - commands of this module
