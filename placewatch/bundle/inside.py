"""What wheels carry beside their own code: shared libraries of other people, with licences of their own."""

import re
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

INSIDE = {
    "libx264-*": "GPL-2.0-or-later",
    "libx265-*": "GPL-2.0-or-later",
    "libpostproc-*": "GPL-2.0-or-later",
    "libxvidcore-*": "GPL-2.0-or-later",
    "libavcodec-*": "LGPL-2.1-or-later",
    "libavdevice-*": "LGPL-2.1-or-later",
    "libavfilter-*": "LGPL-2.1-or-later",
    "libavformat-*": "LGPL-2.1-or-later",
    "libavutil-*": "LGPL-2.1-or-later",
    "libswresample-*": "LGPL-2.1-or-later",
    "libswscale-*": "LGPL-2.1-or-later",
    "libSvtAv1Enc-*": "BSD-3-Clause-Clear",
    "libXau-*": "MIT",
    "libaom-*": "BSD-2-Clause",
    "libasound-*": "LGPL-2.1-or-later",
    "libavif-*": "BSD-2-Clause",
    "libbrotli*": "MIT",
    "libcom_err-*": "MIT",
    "libcrypt-*": "LGPL-2.1-or-later",
    "libcrypto-*.so.1*": "OpenSSL",
    "libcrypto-*.so.3*": "Apache-2.0",
    "libdav1d-*": "BSD-2-Clause",
    "libdrm-*": "MIT",
    "libfreetype-*": "FTL OR GPL-2.0-or-later",
    "libgeos*": "LGPL-2.1-or-later",
    "libgfortran-*": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libgmp-*": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libgnutls-*": "LGPL-2.1-or-later",
    "libgssapi_krb5-*": "MIT",
    "libharfbuzz-*": "MIT-Modern-Variant",
    "libhogweed-*": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libjpeg-*": "IJG AND BSD-3-Clause AND Zlib",
    "libk5crypto-*": "MIT",
    "libkeyutils-*": "LGPL-2.1-or-later",
    "libkrb5*": "MIT",
    "liblber-*": "OLDAP-2.8",
    "liblcms2-*": "MIT",
    "libldap-*": "OLDAP-2.8",
    "liblzma-*": "0BSD",
    "libmp3lame-*": "LGPL-2.0-or-later",
    "libnettle-*": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libopenblas*": "BSD-3-Clause",
    "libopencore-*": "Apache-2.0",
    "libopenh264-*": "BSD-2-Clause",
    "libopenjp2-*": "BSD-2-Clause",
    "libopus-*": "BSD-3-Clause",
    "libpng16-*": "libpng-2.0",
    "libpq-*": "PostgreSQL",
    "libquadmath-*": "LGPL-2.1-or-later",
    "libsasl2-*": "BSD-3-Clause-Attribution",
    "libscipy_openblas*": "BSD-3-Clause",
    "libsharpyuv-*": "BSD-3-Clause",
    "libssl-*.so.1*": "OpenSSL",
    "libssl-*.so.3*": "Apache-2.0",
    "libtiff-*": "libtiff",
    "libunistring-*": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libvpl-*": "MIT",
    "libvpx-*": "BSD-3-Clause",
    "libwebp*": "BSD-3-Clause",
    "libxcb*": "MIT",
    "libzstd-*": "BSD-3-Clause OR GPL-2.0-only",
}
"""Licences (SPDX) of libraries that wheels carry, by their file names; a test wants all that are locked."""

_FFMPEG = ("libavcodec-", "libavdevice-", "libavfilter-", "libavformat-", "libavutil-", "libsw")
_GPL_PARTS = (
    *("avisynth", "frei0r", "libcdio", "libdavs2", "libdvdnav", "libdvdread", "librubberband", "libvidstab"),
    *("libx264", "libx265", "libxavs", "libxavs2", "libxvid", "postproc"),
)
"""Parts of FFmpeg that are under the GPL, as its configure calls them."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A library inside a wheel.

    Attributes:
        path: In the wheel.
        name: Without version and suffix.
        licence: SPDX; empty when it is not known here.
        notes: What its code says of how it was built, where that matters.
    """

    path: str
    name: str
    licence: str
    notes: str = ""


def carried(wheel: Path) -> list[Carried]:
    """Shared libraries of a wheel beside its own modules (``NAME.libs``), in order of their paths."""
    with zipfile.ZipFile(wheel) as archive:
        paths = sorted(name for name in archive.namelist() if ".libs/" in name and ".so" in name)
        return [
            _carried(path, archive.read(path) if _file(path).startswith(_FFMPEG) else b"") for path in paths
        ]


def licence_of_library(file: str) -> str:
    """By the file's name; empty when it is not known."""
    return next((licence for pattern, licence in INSIDE.items() if fnmatchcase(file, pattern)), "")


def is_gpl(expression: str) -> bool:
    """Whether a licence leaves no choice but the GPL or AGPL, without an exception that frees what is linked.

    Args:
        expression: SPDX, or what a package says in its own words.

    Example:
        >>> is_gpl("LGPL-3.0-or-later OR GPL-2.0-or-later"), is_gpl("GPL-3.0-or-later WITH GCC-exception-3.1")
        (False, False)
    """
    return all(
        any(_strong(term) for term in re.split(r"\s+AND\s+", choice))
        for choice in re.split(r"\s+OR\s+", expression)
    )


def _strong(term: str) -> bool:
    weak = re.sub(r"LGPL|Lesser General Public", "", term, flags=re.IGNORECASE)
    return " WITH " not in term and bool(
        re.search(r"\bA?GPL|GNU (Affero )?General Public", weak, re.IGNORECASE)
    )


def _file(path: str) -> str:
    return path.rpartition("/")[2]


def _carried(path: str, code: bytes) -> Carried:
    file = _file(path)
    name = file.partition("-")[0].partition(".")[0]
    licence, notes = licence_of_library(file), ""
    if code:
        licence, notes = _configured(code, licence)
    return Carried(path, name, licence, notes)


def _configured(code: bytes, licence: str) -> tuple[str, str]:
    """What FFmpeg's own configure line, which its libraries hold, makes of their licence."""
    line = re.search(rb"--[ -~]*--(?:en|dis)able-[ -~]+", code)
    options = line[0].decode("ascii").split() if line else []
    if "--enable-nonfree" in options:
        return "LicenseRef-FFmpeg-nonfree", "configured with --enable-nonfree"
    parts = [option for option in options if option.removeprefix("--enable-") in {"gpl", *_GPL_PARTS}]
    three = "--enable-version3" in options
    if "--enable-gpl" in parts:
        return "GPL-3.0-or-later" if three else "GPL-2.0-or-later", f"configured with {' '.join(parts)}"
    notes = f"configured with {' '.join(parts)}" if parts else ""
    return "LGPL-3.0-or-later" if three else licence, notes
