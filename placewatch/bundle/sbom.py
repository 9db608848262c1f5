"""The list of parts (SBOM) of a bundle, as CycloneDX 1.6 JSON: what each wheel says of itself."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from placewatch.bundle.inside import Carried, carried
from placewatch.bundle.manifest import digest

SPEC = "1.6"


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


def sbom(
    version: str,
    wheels: Sequence[Path],
    *,
    notes: Mapping[str, str] | None = None,
    accepted: Sequence[str] = (),
) -> str:
    """The document; deterministic, so it has no serial number and no time.

    Args:
        version: Placewatch's.
        wheels: Every wheel of the bundle.
        notes: What is to be said of a wheel's origin, by its file name.
        accepted: Packages that may bring GPL parts, because whoever built the bundle said so.
    """
    notes = notes or {}
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
            },
            "properties": [{"name": "placewatch:gpl-accepted", "value": name} for name in sorted(accepted)],
        },
        "components": [_component(wheel, notes.get(wheel.name, "")) for wheel in wheels],
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _component(wheel: Path, note: str) -> dict[str, object]:
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
    if note:
        component["pedigree"] = {"notes": note}
    inside = [_inside(wheel, each) for each in carried(wheel)]
    if inside:
        component["components"] = inside
    return component


def _inside(wheel: Path, library: Carried) -> dict[str, object]:
    component: dict[str, object] = {
        "type": "library",
        "bom-ref": f"{wheel.name}#{library.path}",
        "name": library.name,
    }
    if library.licence:
        component["licenses"] = [{"expression": library.licence}]
    if library.notes:
        component["description"] = library.notes
    return component
