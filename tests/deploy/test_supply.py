"""Where our parts come from: their licences, the list of parts, and a wheel that is the same each time."""

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from placewatch.bundle.inside import is_gpl, licence_of_library
from placewatch.bundle.sbom import licence_of, sbom
from scripts import audit_packages
from scripts.audit_packages import CLEAN, FOUND, UNKNOWN, Finding, UnknownError, read
from tests.deploy.bundles import wheel
from tests.parts import ROOT

pytestmark = pytest.mark.slow  # begins first

_WEAK = re.compile(r"LGPL|Lesser General Public", re.IGNORECASE)

SILENT = {"psycopg-binary", "psycopg"}
"""LGPL, used unchanged as a library of its own."""


def _locked(name: str) -> list[Requirement]:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    pins = [line.split("\\")[0].strip() for line in lines if line and line[0].isalnum()]
    wanted = [Requirement(pin) for pin in pins]
    return [pin for pin in wanted if pin.marker is None or pin.marker.evaluate()]


@pytest.mark.parametrize("pin", _locked("run.lock"), ids=lambda pin: str(pin.name))
def test_nothing_we_run_with_is_gpl(pin: Requirement) -> None:
    found = distribution(pin.name)
    licence = licence_of(found.metadata)  # type: ignore[arg-type]  # the same headers under another protocol
    assert licence, f"{pin.name} names no licence: look at it and say here what it is"
    assert not is_gpl(licence), f"{pin.name}: {licence}"
    if _WEAK.search(licence):
        assert pin.name in SILENT, f"{pin.name} is LGPL: decide and say so here"


def test_the_list_of_parts(tmp_path: Path) -> None:
    part = wheel(tmp_path, "1.2.3", broken=False)
    document = json.loads(sbom("9.9", [part]))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    (component,) = document["components"]
    assert component["purl"].startswith("pkg:pypi/placewatch@1.2.3")
    assert component["licenses"] == [{"license": {"name": "Apache-2.0"}}]
    assert len(component["hashes"][0]["content"]) == 64
    assert sbom("9.9", [part]) == sbom("9.9", [part])


def test_the_list_of_parts_looks_into_wheels(tmp_path: Path) -> None:
    """What a wheel carries has licences of its own: av says BSD and holds libraries under the GPL."""
    part = tmp_path / "av-1.0-py3-none-any.whl"
    with zipfile.ZipFile(part, "w") as archive:
        archive.writestr(
            "av-1.0.dist-info/METADATA", "Name: av\nVersion: 1.0\nLicense-Expression: BSD-3-Clause\n"
        )
        archive.writestr("av.libs/libx264-d6533a8d.so.165", b"")
        archive.writestr("av.libs/libfoo-1.so", b"")
        archive.writestr("av/codec.so", b"")
    (component,) = json.loads(sbom("9.9", [part]))["components"]
    assert [(each["name"], each.get("licenses")) for each in component["components"]] == [
        ("libfoo", None),
        ("libx264", [{"expression": "GPL-2.0-or-later"}]),
    ]


def _inside() -> dict[str, list[str]]:
    """Files of the libraries that each locked package brings here."""
    return {
        pin.name: [path.name for path in distribution(pin.name).files or () if ".libs/" in str(path)]
        for pin in _locked("run.lock")
    }


def test_gpl_comes_with_no_other_package_than_the_one_that_is_documented() -> None:
    """docs/evidence.md says what PyAV's wheel carries; a second such package must not come unseen."""
    found = {name for name, files in _inside().items() if any(is_gpl(licence_of_library(f)) for f in files)}
    assert found <= {"av"}


def test_the_licence_of_every_library_inside_a_wheel_is_known() -> None:
    libraries = [(name, file) for name, files in _inside().items() for file in files if ".so" in file]
    assert len(libraries) > 20
    assert [each for each in libraries if not licence_of_library(each[1])] == []


def test_the_wheel_is_the_same_each_time(tmp_path: Path) -> None:
    made = []
    for name, umask in (("one", 0o022), ("two", 0o077)):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / name],
            check=True,
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
            umask=umask,
        )
        made.append(next((tmp_path / name).glob("*.whl")).read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize("name", ["run.lock", "dev.lock", "node.lock", "av.lock"])
def test_every_dependency_is_locked_by_hash(name: str) -> None:
    """Each pin is one exact version with its hashes; nothing is taken from elsewhere."""
    text = (ROOT / "requirements" / name).read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n?", "", text).strip())
    assert entries
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s;]+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "://" not in re.sub(r"(?m)#.*$", "", text)


def test_reports_on_vulnerabilities() -> None:
    sound = '{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}'
    assert read("run.lock", sound) == []
    flaw = (
        '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}]}'
    )
    assert read("run.lock", flaw) == [Finding("run.lock", "a 1", "X-1", ("2",))]
    left_out = '{"dependencies": [{"name": "a", "skip_reason": "not found"}]}'
    for nothing in ("", "{}", '{"dependencies": []}', left_out):
        with pytest.raises(UnknownError):
            read("run.lock", nothing)


@pytest.mark.parametrize(
    ("answers", "code", "state", "told"),
    [
        ({}, CLEAN, "clean", "run.lock: 1 packages looked at"),
        ({"run.lock": "X-1"}, FOUND, "found", "run.lock: a 1: X-1, fixed in 2"),
        ({"dev.lock": ""}, UNKNOWN, "unknown", "dev.lock: NOTHING IS KNOWN: no such service"),
        ({"run.lock": "X-1", "dev.lock": ""}, FOUND, "found", "dev.lock: NOTHING IS KNOWN"),
    ],
)
def test_an_audit_leaves_a_report_whatever_comes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str], code: int, state: str, told: str
) -> None:
    def audit(lock: str) -> tuple[list[Finding], int]:
        flaw = answers.get(lock)
        if flaw == "":
            raise UnknownError("no such service")
        return ([Finding(lock, "a 1", flaw, ("2",))] if flaw else []), 1

    monkeypatch.setattr(audit_packages, "audit", audit)
    assert audit_packages.main(["--out", str(tmp_path / "dist")]) == code
    assert told in (tmp_path / "dist" / "audit.txt").read_text()
    said = json.loads((tmp_path / "dist" / "audit.json").read_text())
    assert said["state"] == state
    assert set(said["packages"]) | set(said["unknown"]) == set(audit_packages.LOCKS)
