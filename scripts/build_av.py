"""PyAV's wheel with an FFmpeg that has no GPL parts: for the bundles that a city installs (docs/licences.md).

    python -m scripts.build_av --out dist/av
    placewatch bundle build --wheel dist/av/av-*.whl --key release-key

Needs Debian or a relative, its package archive, a package index, and some minutes of two cores. Builds for
the Python that runs it and for this machine's processor.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.avbuild.ffmpeg import compile_ffmpeg, lacking
from scripts.avbuild.run import BuildError, run
from scripts.avbuild.sources import fetch
from scripts.avbuild.table import table
from scripts.avbuild.wheel import ROOT, Origin, build, pinned, tried, version_of


def main() -> int:
    """Build; the exit code."""
    options = _options()
    began = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {text}", file=sys.stderr, flush=True)

    try:
        with TemporaryDirectory(prefix="pw-av-") as temporary:
            work = (options.work or Path(temporary)).resolve()
            work.mkdir(parents=True, exist_ok=True)
            wheel, said = _build(options, work, tell)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    tell(said)
    print(wheel)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("dist/av"), help="gets the wheel (%(default)s)")
    parser.add_argument(
        "--work", type=Path, help="a folder to work in that stays; a temporary one unless given"
    )
    parser.add_argument("--source", type=Path, help="FFmpeg's source as a tar archive, instead of Debian's")
    parser.add_argument("--suite", action="append", help="suite of Debian to look through for the source")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="compilers at a time (%(default)s)"
    )
    return parser.parse_args()


def _build(options: argparse.Namespace, work: Path, tell: Callable[[str], None]) -> tuple[Path, str]:
    what = table()
    if packages := lacking(what):
        msg = f"install first: apt-get install {' '.join(packages)}"
        raise BuildError(msg)
    pin = pinned(ROOT / "requirements" / "run.lock")
    series = what.series.get(int(version_of(pin).split(".")[0]))
    if series is None:
        msg = f"scripts/avbuild/ffmpeg.yaml does not say which FFmpeg PyAV {version_of(pin)} wants"
        raise BuildError(msg)
    tell(f"FFmpeg {series} for PyAV {version_of(pin)}: its source")
    version, source = (
        _unpacked(options.source, work)
        if options.source
        else fetch(series, tuple(options.suite or what.suites), work)
    )
    prefix = work / "ffmpeg"
    tell(f"compiling FFmpeg {version}")
    line = compile_ffmpeg(what, source, prefix, options.jobs)
    tell("compiling PyAV")
    texts = (source / "COPYING.LGPLv2.1", source / "LICENSE.md")
    wheel = build(pin, prefix, work, options.out.resolve(), Origin(version, line, texts))
    tell("trying the wheel")
    return wheel, tried(wheel, work)


def _unpacked(archive: Path, work: Path) -> tuple[str, Path]:
    folder = work / "ffmpeg-source"
    folder.mkdir(exist_ok=True)
    run(["tar", "--extract", "--file", archive, "--directory", folder, "--strip-components=1"], "unpack it")
    return (folder / "RELEASE").read_text(encoding="utf-8").strip(), folder


if __name__ == "__main__":
    sys.exit(main())
