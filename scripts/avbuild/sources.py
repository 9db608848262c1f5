"""FFmpeg's source from Debian: signed by the distribution, found through what this machine believes already.

Nothing of the machine's own package lists is changed: apt gets a folder of its own.
"""

import re
from pathlib import Path

from scripts.avbuild.run import BuildError, run

SOURCES = Path("/etc/apt")


def archive(folder: Path = SOURCES) -> dict[str, str]:
    """Address and key of the Debian archive that this machine installs from.

    Args:
        folder: Where ``sources.list`` and ``sources.list.d`` lie.

    Returns:
        ``URIs`` and, where it is named, ``Signed-By``.

    Raises:
        BuildError: There is none.
    """
    found = [*_stanzas(folder), *_lines(folder)]
    for each in found:
        main = "main" in each.get("Components", "").split()
        if main and each["URIs"].rstrip("/").endswith("/debian"):
            return {key: each[key] for key in ("URIs", "Signed-By") if key in each}
    msg = "no Debian archive in apt's lists; give FFmpeg's source with --source FILE.tar.xz"
    raise BuildError(msg)


def _stanzas(folder: Path) -> list[dict[str, str]]:
    stanzas = []
    for file in sorted((folder / "sources.list.d").glob("*.sources")):
        for block in re.split(r"\n\s*\n", file.read_text(encoding="utf-8")):
            lines = [line for line in block.splitlines() if line and not line.startswith("#")]
            pairs = [line.split(":", 1) for line in lines if ":" in line]
            fields = {key.strip(): value.strip() for key, value in pairs}
            if fields.get("URIs"):
                stanzas.append(fields)
    return stanzas


def _lines(folder: Path) -> list[dict[str, str]]:
    found = []
    for file in (folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))):
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
            match = re.match(r"deb(?:-src)?\s+(?:\[([^]]*)\]\s+)?(\S+)\s+\S+\s+(.+)", line)
            if match:
                options = dict(pair.split("=", 1) for pair in (match[1] or "").split() if "=" in pair)
                each = {"URIs": match[2], "Components": match[3]}
                found.append(each | ({"Signed-By": options["signed-by"]} if "signed-by" in options else {}))
    return found


def newest(listing: str, series: int) -> str:
    r"""The newest version of one major version in ``apt-cache showsrc``'s answer; empty when there is none.

    Example:
        >>> newest("Version: 7:7.1.5-1\nVersion: 7:8.1.2-2\nVersion: 7:8.1.2-1\n", 8)
        '7:8.1.2-2'
    """
    versions = re.findall(rf"^Version: ((?:\d+:)?{series}\.\S+)$", listing, re.MULTILINE)
    return max(versions, key=lambda text: [int(part) for part in re.findall(r"\d+", text)], default="")


def fetch(series: int, suites: tuple[str, ...], work: Path) -> tuple[str, Path]:
    """Debian's source of FFmpeg, with Debian's patches.

    Args:
        series: FFmpeg's major version.
        suites: To look through.
        work: An empty folder.

    Returns:
        Its version and where it lies.

    Raises:
        BuildError: The archive has none of that version, or cannot be reached.
    """
    own = work / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (own / name).mkdir(parents=True, exist_ok=True)
    fields = {"Types": "deb-src", **archive(), "Suites": " ".join(suites), "Components": "main"}
    (own / "debian.sources").write_text("".join(f"{key}: {value}\n" for key, value in fields.items()))
    options = [
        f"-oDir::Etc::sourcelist={own}/debian.sources",
        "-oDir::Etc::sourceparts=-",
        f"-oDir::State::lists={own}/lists",
        f"-oDir::Cache={own}/cache",
        "-oAPT::Sandbox::User=root",
    ]
    run(["apt-get", *options, "update"], "read Debian's lists of sources")
    listing = run(["apt-cache", *options, "showsrc", "--only-source", "ffmpeg"], "look for FFmpeg's source")
    version = newest(listing, series)
    if not version:
        msg = f"Debian ({', '.join(suites)}) has no source of FFmpeg {series}; name suites with --suite"
        raise BuildError(msg)
    run(["apt-get", *options, "source", f"ffmpeg={version}"], "fetch FFmpeg's source", cwd=work)
    return version, next(path for path in work.glob("ffmpeg-*") if path.is_dir())
