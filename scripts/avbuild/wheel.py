"""PyAV's wheel from its source, bound to an FFmpeg of our own, with the libraries inside."""

import base64
import hashlib
import json
import os
import re
import sys
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from scripts.avbuild.run import BuildError, run

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "requirements" / "av.lock"
BUILD = "1lgpl"
"""Build tag of the wheel (PEP 427): same version as the index's, another build."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the libraries inside come from; travels in the wheel, as the LGPL asks.

    Attributes:
        ffmpeg: FFmpeg's version in Debian.
        configure: How it was configured.
        texts: Licence texts.
    """

    ffmpeg: str
    configure: str
    texts: tuple[Path, ...]


def pinned(lock: Path, name: str = "av") -> str:
    """A package's entry in a lock file, with its hashes, for this Python.

    Raises:
        BuildError: It has none.
    """
    for entry in re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8")):
        text = re.sub(r"(?m)^\s*#.*\n?", "", entry)
        if not re.match(rf"{name}==", text):
            continue
        wanted = Requirement(text.split("\\")[0].strip())
        if wanted.marker is None or wanted.marker.evaluate():
            return text.strip() + "\n"
    msg = f"{lock.name} has no {name} for this Python"
    raise BuildError(msg)


def version_of(pin: str) -> str:
    """The version that an entry of a lock file names."""
    return re.split(r"[\s;]", pin.partition("==")[2])[0]


def build(pin: str, prefix: Path, work: Path, out: Path, origin: Origin) -> Path:
    """Compile PyAV and put the libraries inside.

    Args:
        pin: PyAV's entry in the lock file.
        prefix: Where FFmpeg lies.
        work: Folder for what is in between.
        out: Gets the wheel.
        origin: Written into the wheel.

    Raises:
        BuildError: It cannot be built.
    """
    python = _tools(work)
    (work / "av.txt").write_text(pin, encoding="utf-8")
    libraries = str(prefix / "lib")
    env = {
        "PKG_CONFIG_PATH": f"{libraries}/pkgconfig:{os.environ.get('PKG_CONFIG_PATH', '')}",
        "LD_LIBRARY_PATH": libraries,
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        # Debug information would be most of the wheel.
        "CFLAGS": "-O2 -g0",
    }
    raw, mended = work / "raw", work / "mended"
    command: list[str | Path] = [
        python,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-binary",
        "av",
        "--no-build-isolation",
    ]
    run([*command, "--require-hashes", "--wheel-dir", raw, "-r", work / "av.txt"], "compile PyAV", env=env)
    (wheel,) = raw.glob("av-*.whl")
    repair: list[str | Path] = [python, "-m", "auditwheel", "repair", "--strip", "--wheel-dir", mended, wheel]
    run(repair, "put the libraries into the wheel", env=env)
    (whole,) = mended.glob("av-*.whl")
    out.mkdir(parents=True, exist_ok=True)
    return finish(whole, out, origin)


def _tools(work: Path) -> Path:
    folder = work / "tools"
    venv.create(folder, with_pip=True, clear=True)
    python = folder / "bin" / "python"
    command: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", TOOLS]
    run(command, "install the tools of requirements/av.lock")
    return python


def finish(wheel: Path, out: Path, origin: Origin) -> Path:
    """The wheel under its build tag, with where its libraries come from; the same bytes for the same input.

    Args:
        wheel: With its libraries inside.
        out: Folder for the result.
        origin: What is written into it.
    """
    name, version, *tags = wheel.name.split("-")
    target = out / "-".join((name, version, BUILD, *tags))
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel) as old:
        files = {each.filename: old.read(each) for each in old.infolist() if not each.is_dir()}
        modes = {each.filename: each.external_attr for each in old.infolist()}
    said = files[f"{info}/WHEEL"].decode().rstrip("\n").splitlines()
    generator = next(at for at, line in enumerate(said) if line.startswith("Generator:"))
    said.insert(generator + 1, f"Build: {BUILD}")
    files[f"{info}/WHEEL"] = ("\n".join(said) + "\n").encode()
    built = {"ffmpeg": origin.ffmpeg, "configure": origin.configure, "source": "apt-get source ffmpeg"}
    files[f"{info}/licenses/ffmpeg.json"] = (json.dumps(built, indent=1) + "\n").encode()
    for text in origin.texts:
        files[f"{info}/licenses/{text.name}"] = text.read_bytes()
    del files[f"{info}/RECORD"]
    record = "".join(f"{path},sha256={_hash(data)},{len(data)}\n" for path, data in sorted(files.items()))
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = modes.get(path, 0o644 << 16)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, data)
    return target


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


_TRY = """
import ctypes, pathlib, av
from edge.redact.h264 import h264_encoder
folder = pathlib.Path(av.__file__).parents[1] / "av.libs"
library = ctypes.CDLL(str(next(folder.glob("libavcodec-*"))))
library.avcodec_license.restype = ctypes.c_char_p
print(av.ffmpeg_version_info, "|", library.avcodec_license().decode(), "|", h264_encoder().name)
"""


def tried(wheel: Path, work: Path) -> str:
    """What the wheel says once it is installed: FFmpeg's version, its licence, the encoder that works.

    Raises:
        BuildError: It cannot be installed or encodes nothing.
    """
    folder = work / "try"
    venv.create(folder, with_pip=True, clear=True, system_site_packages=False)
    python = folder / "bin" / "python"
    run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], "install the wheel")
    # The other packages are those of whoever runs this; the wheel stands before them.
    theirs = next(path for path in sys.path if path.endswith("site-packages"))
    search = "import sys; sys.path += sys.argv[1:];"
    return run(
        [python, "-c", search + _TRY, theirs, str(ROOT)], "encode with the wheel", env={"PYTHONPATH": ""}
    ).strip()
