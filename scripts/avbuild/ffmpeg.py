"""Compiles FFmpeg as the table says."""

import shutil
from pathlib import Path

from scripts.avbuild.run import BuildError, run
from scripts.avbuild.table import Table


def lacking(what: Table) -> list[str]:
    """Packages of the distribution that have to be installed first."""
    packages = [package for tool, package in what.tools.items() if shutil.which(tool) is None]
    if shutil.which("pkg-config") is None:
        return sorted({*packages, *what.libraries.values()})
    for library, package in what.libraries.items():
        try:
            run(["pkg-config", "--exists", library], "look for it")
        except BuildError:
            packages.append(package)
    return sorted(set(packages))


def compile_ffmpeg(what: Table, source: Path, prefix: Path, jobs: int) -> str:
    """Build and install it into ``prefix``.

    Returns:
        The configure line.

    Raises:
        BuildError: It cannot be built.
    """
    arguments = what.configure(prefix)
    run(["sh", "./configure", *arguments], "configure FFmpeg", cwd=source)
    licence = _licence(source / "config.h")
    if "GPL" in licence.replace("LGPL", "") or "nonfree" in licence:
        msg = f"this FFmpeg would be under {licence}; take the part out that asks for it"
        raise BuildError(msg)
    run(["make", f"-j{jobs}"], "compile FFmpeg", cwd=source)
    run(["make", "install"], "install FFmpeg into the work folder", cwd=source)
    return " ".join(arguments)


def _licence(config: Path) -> str:
    mark = '#define FFMPEG_LICENSE "'
    lines = config.read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix(mark).rstrip('"') for line in lines if line.startswith(mark))
