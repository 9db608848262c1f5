"""Small bundles for tests: the real installer, and a wheel that stands in for Placewatch's own."""

import sys
import zipfile
from pathlib import Path
from platform import machine
from shutil import copy

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from placewatch.bundle.archive import write_archive
from placewatch.bundle.build import Recipe, write_manifest
from placewatch.bundle.manifest import digest, sign
from tests.parts import ROOT

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

_MAIN = """
import json, os, sys
def main():
    if sys.argv[1:2] == ["doctor"]:
        bad = "unsound" in open(sys.argv[3]).read() or {broken!r}
        findings = [dict(check="cameras", status="fail", text="one is away", remedy="")]
        findings += [dict(check="inference", status="fail", text="wrong boxes", remedy="")] if bad else []
        print(json.dumps(dict(ok=False, findings=findings)))
        return 1
    os.chdir({root!r})
    os.execv({python!r}, [{python!r}, "-c", "from placewatch.cli.main import run; run()", *sys.argv[1:]])
"""


def public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def wheel(folder: Path, version: str, *, broken: bool) -> Path:
    """A wheel named placewatch whose command hands over to this checkout, but for its self-test."""
    info = f"placewatch-{version}.dist-info"
    files = {
        "standin.py": _MAIN.format(python=sys.executable, root=str(ROOT), broken=broken),
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: placewatch\nVersion: {version}\nLicense-Expression: Apache-2.0\n"
        ),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nplacewatch = standin:main\n",
    }
    path = folder / f"placewatch-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in files) + f"{info}/RECORD,,\n")
    return path


def unpacked(
    folder: Path, version: str, key: Ed25519PrivateKey | None, *, broken: bool = False, arch: str = ""
) -> Path:
    """An unpacked bundle of one wheel."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    own = wheel(wheels, version, broken=broken)
    for name in ("install.py", "install.sh"):
        copy(ROOT / "deploy" / name, folder / name)
    (folder / "examples").mkdir()
    copy(ROOT / "deploy" / "examples" / "box.yaml", folder / "examples")
    (folder / "requirements.lock").write_text(f"placewatch=={version} --hash=sha256:{digest(own)}\n")
    write_manifest(folder, Recipe(ROOT, version, arch or machine(), (PYTHON,), 1_700_000_000, ""))
    if key is not None:
        sign(folder, key)
    return folder


def packed(folder: Path, target: Path, version: str) -> Path:
    """The file of an unpacked bundle."""
    write_archive(folder, target, version=version, arch="any", epoch=1_700_000_000)
    return target
