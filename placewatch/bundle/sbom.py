"""The list of parts (SBOM) of a bundle, as CycloneDX 1.6 JSON: what each wheel says of itself."""

import json
import zipfile
from collections.abc import Sequence
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from placewatch.bundle.manifest import digest

SPEC = "1.6"

INSIDE = {
    "libx264": "GPL-2.0-or-later",
    "libx265": "GPL-2.0-or-later",
    "libavcodec": "LGPL-3.0-or-later",
    "libavdevice": "LGPL-3.0-or-later",
    "libavfilter": "LGPL-3.0-or-later",
    "libavformat": "LGPL-3.0-or-later",
    "libavutil": "LGPL-3.0-or-later",
    "libswresample": "LGPL-3.0-or-later",
    "libswscale": "LGPL-3.0-or-later",
    "libmp3lame": "LGPL-2.0-or-later",
    "libopencore": "Apache-2.0",
    "libopus": "BSD-3-Clause",
    "libvpx": "BSD-3-Clause",
    "libSvtAv1Enc": "BSD-3-Clause-Clear",
    "libdav1d": "BSD-2-Clause",
    "libwebp": "BSD-3-Clause",
    "libgnutls": "LGPL-2.1-or-later",
    "libnettle": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libhogweed": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libgmp": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libunistring": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libpq": "PostgreSQL",
}
"""Licences of libraries that wheels carry beside their own code, by how the file's name begins."""


def wheel_metadata(wheel: Path) -> Message:
    """The METADATA of a wheel (core metadata: headers of RFC 822 form)."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(archive.read(name).decode("utf-8"))


def licence_of(metadata: Message) -> str:
    """What a package says of its licence: SPDX expression, classifiers, or the first line of its text."""
    expression = metadata.get("License-Expression")
    if expression:
        return expression
    prefix = "License :: OSI Approved :: "
    classified = [
        text.removeprefix(prefix) for text in metadata.get_all("Classifier", []) if text.startswith(prefix)
    ]
    if classified:
        return " AND ".join(classified)
    lines = (metadata.get("License") or "").strip().splitlines()
    return lines[0][:120] if lines else ""


def sbom(version: str, wheels: Sequence[Path]) -> str:
    """The document; deterministic, so it has no serial number and no time.

    Args:
        version: Placewatch's.
        wheels: Every wheel of the bundle.
    """
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "placewatch",
                "name": "placewatch",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_component(wheel) for wheel in wheels],
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _component(wheel: Path) -> dict[str, object]:
    metadata = wheel_metadata(wheel)
    name, version = str(metadata["Name"]), str(metadata["Version"])
    licence = licence_of(metadata)
    component: dict[str, object] = {
        "type": "library",
        "bom-ref": wheel.name,
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}?file_name={wheel.name}",
        "hashes": [{"alg": "SHA-256", "content": digest(wheel)}],
    }
    if licence:
        component["licenses"] = [{"license": {"name": licence}}]
    carried = [_carried(wheel, member) for member in libraries(wheel)]
    if carried:
        component["components"] = carried
    return component


def libraries(wheel: Path) -> list[str]:
    """Shared libraries that a wheel carries beside its own modules (``NAME.libs``)."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    return sorted(name for name in names if ".libs/" in name and ".so" in name)


def _carried(wheel: Path, member: str) -> dict[str, object]:
    file = member.rpartition("/")[2]
    component: dict[str, object] = {
        "type": "library",
        "bom-ref": f"{wheel.name}#{member}",
        "name": file.partition("-")[0].partition(".")[0],
    }
    licence = next((text for start, text in INSIDE.items() if file.startswith(start)), "")
    if licence:
        component["licenses"] = [{"expression": licence}]
    return component
