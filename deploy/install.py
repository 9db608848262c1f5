"""Installs an unpacked bundle: own account, a folder for each version, a virtual environment, service units.

Standard library only; needs no network. Run by install.sh.
"""

import argparse
import hashlib
import json
import os
import platform
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ACCOUNT = "placewatch"
BROKER_ACCOUNT = "mosquitto"
COMPLETE = ".complete"
UNITS = {
    "box": ("placewatch-edge.", "placewatch-renew.", "placewatch-update."),
    "central": ("placewatch-central.", "placewatch-broker.", "placewatch-broker-reload."),
}
"""How the names of each role's units begin."""
ENABLED = {
    "box": "placewatch-edge placewatch-renew.timer placewatch-update.path",
    "central": "placewatch-broker placewatch-broker-reload.path placewatch-central",
}


class InstallError(Exception):
    """Something stands in the way; the text says what to do."""


def main() -> int:
    """Install; the exit code."""
    options = _options()
    began = time.monotonic()
    try:
        if options.only_units:
            _units(options, HERE)
            return 0
        manifest = _manifest()
        _fits(manifest)
        root = os.geteuid() == 0
        if root and not options.no_account:
            _account(options.state)
        version = _install(options, manifest)
        if options.only_unpack:
            print(json.dumps({"installed": str(version), "version": manifest["version"]}))
            return 0
        _configure(options, version)
        _switch(options.prefix / "current", version)
        if not options.no_systemd:
            _units(options, version)
            _command(options)
    except InstallError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    seconds = time.monotonic() - began
    print(
        f"Placewatch {manifest['version']} is in {version} ({seconds:.0f} s); "
        f"{options.prefix}/current points to it."
    )
    print(f"next: edit {options.config / (options.role + '.yaml')}, then: {_next(options)}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="install", description="Install Placewatch from this bundle, without a network."
    )
    parser.add_argument(
        "--role", choices=("box", "central"), default="box", help="what this machine is (%(default)s)"
    )
    parser.add_argument(
        "--prefix", type=Path, default=Path("/opt/placewatch"), help="where programs go (%(default)s)"
    )
    parser.add_argument(
        "--config", type=Path, default=Path("/etc/placewatch"), help="configuration (%(default)s)"
    )
    parser.add_argument(
        "--state", type=Path, default=Path("/var/lib/placewatch"), help="spool, keys (%(default)s)"
    )
    parser.add_argument(
        "--units", type=Path, default=Path("/etc/systemd/system"), help="service units (%(default)s)"
    )
    parser.add_argument(
        "--bin",
        type=Path,
        default=Path("/usr/local/bin"),
        help="where the command placewatch goes (%(default)s)",
    )
    parser.add_argument(
        "--key", type=Path, help="release key (.pub) that must have signed this bundle; remembered"
    )
    parser.add_argument(
        "--token", help="enrolment token: enrol the box right away; - reads it from standard input"
    )
    parser.add_argument(
        "--host",
        help="with --role central: name by which boxes reach it; authority, broker and database are set up",
    )
    parser.add_argument("--no-systemd", action="store_true", help="write no units, start nothing")
    parser.add_argument("--no-account", action="store_true", help="make no account of its own")
    parser.add_argument(
        "--only-unpack", action="store_true", help="make the version's folder, change nothing else"
    )
    parser.add_argument(
        "--only-units",
        action="store_true",
        help="from a version's folder: write its units, change nothing else",
    )
    return parser.parse_args()


def _manifest() -> dict:
    try:
        manifest = json.loads((HERE / "bundle.json").read_bytes())
    except (OSError, ValueError) as error:
        raise InstallError(f"this folder is not an unpacked bundle: {error}") from error
    for name, wanted in manifest["files"].items():
        try:
            found = hashlib.sha256((HERE / name).read_bytes()).hexdigest()
        except OSError as error:
            raise InstallError(f"{name} is missing; fetch the bundle again") from error
        if found != wanted:
            raise InstallError(f"{name} is damaged; fetch the bundle again")
    return manifest


def _fits(manifest: dict) -> None:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if here not in manifest["pythons"]:
        raise InstallError(
            f"this bundle serves Python {', '.join(manifest['pythons'])}, this is {here}; "
            "name another: PYTHON=/path/to/python"
        )
    if platform.machine() != manifest["arch"]:
        raise InstallError(f"this bundle is for {manifest['arch']}, this machine is {platform.machine()}")


def _account(state: Path) -> None:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        _run(
            [
                "useradd",
                "--system",
                "--home-dir",
                str(state),
                "--shell",
                "/usr/sbin/nologin",
                "--user-group",
                ACCOUNT,
            ],
            "make the account",
        )


def _install(options: argparse.Namespace, manifest: dict) -> Path:
    version = options.prefix / "versions" / manifest["version"]
    stamp = hashlib.sha256((HERE / "bundle.json").read_bytes()).hexdigest()
    if (version / COMPLETE).exists():
        if (version / COMPLETE).read_text().strip() == stamp:
            return version
        raise InstallError(
            f"{version} holds another build of the same version; remove it first, or build a new version"
        )
    if version.exists():
        shutil.rmtree(version)  # an installation that was broken off
    try:
        version.mkdir(parents=True)
    except OSError as error:
        raise InstallError(
            f"{version} cannot be made: {error.strerror}; run as root, or choose --prefix"
        ) from error
    print(f"installing {manifest['version']} into {version} ...", file=sys.stderr)
    venv = version / "venv"
    _run([sys.executable, "-m", "venv", str(venv)], "make the virtual environment")
    pip = [
        str(venv / "bin" / "python"),
        "-m",
        "pip",
        "--isolated",
        "--disable-pip-version-check",
        "install",
        "--quiet",
    ]
    wheels = ["--no-index", "--no-deps", "--find-links", str(HERE / "wheels"), "--require-hashes"]
    _run([*pip, *wheels, "-r", str(HERE / "requirements.lock")], "install the wheels")
    for name in ("docs", "systemd", "examples", "containers"):
        if (HERE / name).is_dir():
            shutil.copytree(HERE / name, version / name)
    for name in ("install.py", "bundle.json", "bundle.sig", "sbom.cdx.json", "LICENSE", "NOTICE"):
        if (HERE / name).exists():
            shutil.copy(HERE / name, version / name)
    _check_signature(options, venv)
    (version / COMPLETE).write_text(stamp + "\n")
    return version


def _check_signature(options: argparse.Namespace, venv: Path) -> None:
    """Against the key given, or the one remembered from an earlier installation."""
    remembered = options.config / "release.pub"
    key = options.key or (remembered if remembered.exists() else None)
    if key is None:
        print("note: no release key was given (--key), so only checksums were compared", file=sys.stderr)
        return
    _run(
        [str(venv / "bin" / "placewatch"), "bundle", "verify", str(HERE), "--key", str(key)],
        "believe this bundle",
    )
    if not remembered.exists():
        remembered.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(key, remembered)


def _configure(options: argparse.Namespace, version: Path) -> None:
    options.config.mkdir(parents=True, exist_ok=True)
    options.state.mkdir(parents=True, exist_ok=True)
    target = options.config / f"{options.role}.yaml"
    example = version / "examples" / f"{options.role}.yaml"
    if options.host:
        _set_up_centre(options, version)
    begins = bool(options.token) and not target.exists()  # then enrolment knows what stands in it
    if not begins and not target.exists() and example.exists():
        target.write_text(example.read_text().replace("/var/lib/placewatch", str(options.state)))
    secrets = options.config / "secrets.env"
    if not secrets.exists():
        secrets.touch(mode=0o600)
    if options.token:
        identity = options.state / "identity"
        command = [
            str(version / "venv" / "bin" / "placewatch"),
            "box",
            "enrol",
            "--token",
            "-",
            "--folder",
            str(identity),
            *(["--config", str(target)] if begins else []),
        ]
        token = sys.stdin.readline() if options.token == "-" else options.token  # noqa: S105
        _run(command, "enrol the box", text=token)
    if os.geteuid() == 0 and not options.no_account:
        for path in (options.state, *options.state.rglob("*")):
            shutil.chown(path, ACCOUNT, ACCOUNT)
        shutil.chown(target, "root", ACCOUNT)
        target.chmod(0o640)
        if options.host:
            _give_trust(options.config / "trust")


def _set_up_centre(options: argparse.Namespace, version: Path) -> None:
    """Authority, certificates, settings of Mosquitto and PostgreSQL, central.yaml."""
    if options.role != "central":
        raise InstallError("--host belongs to --role central")
    command = [str(version / "venv" / "bin" / "placewatch"), "central", "setup", "--host", options.host]
    _run([*command, "--folder", str(options.config)], "set up the centre")


def _give_trust(trust: Path) -> None:
    """The authority's files to the centre's account; what only the broker may read to the broker's."""
    for path in (trust, *trust.rglob("*")):
        shutil.chown(path, ACCOUNT, ACCOUNT)
    try:
        pwd.getpwnam(BROKER_ACCOUNT)
    except KeyError:
        print(
            f"note: no account {BROKER_ACCOUNT} yet; docs/field.md says which files to give it",
            file=sys.stderr,
        )
        return
    for path in (trust / "broker" / "broker.key", trust / "broker" / "data"):
        shutil.chown(path, BROKER_ACCOUNT)


def _switch(link: Path, version: Path) -> None:
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(version)
    fresh.replace(link)


def _units(options: argparse.Namespace, version: Path) -> None:
    for unit in sorted((version / "systemd").iterdir()):
        if unit.name.startswith(UNITS[options.role]):
            shutil.copy(unit, options.units / unit.name)
    _run(["systemctl", "daemon-reload"], "make systemd read the units")


def _command(options: argparse.Namespace) -> None:
    """The command ``placewatch`` for whoever sits at the machine: of the version in use."""
    link = options.bin / "placewatch"
    target = options.prefix / "current" / "venv" / "bin" / "placewatch"
    if link.exists() and not link.is_symlink():
        print(f"note: {link} is somebody else's and stays; the command is {target}", file=sys.stderr)
        return
    options.bin.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _next(options: argparse.Namespace) -> str:
    if options.no_systemd:
        file = options.config / f"{options.role}.yaml"
        return f"{options.prefix}/current/venv/bin/placewatch doctor --config {file}"
    return f"systemctl enable --now {ENABLED[options.role]}"


def _run(command: list[str], what: str, text: str | None = None) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, input=text, check=False)
    except OSError as error:
        raise InstallError(f"cannot {what}: {error}") from error
    if done.returncode:
        raise InstallError(f"cannot {what}: {(done.stderr or done.stdout).strip()[-1500:]}")


if __name__ == "__main__":
    sys.exit(main())
