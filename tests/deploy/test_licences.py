"""No GPL in a bundle: libraries inside wheels are read, refused by name, and can be replaced."""

import json
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from placewatch.bundle.given import lock_with, replace
from placewatch.bundle.inside import carried, is_gpl
from placewatch.bundle.licences import refuse_gpl
from placewatch.bundle.manifest import digest
from placewatch.bundle.sbom import sbom
from placewatch.cli.main import app
from placewatch.errors import PlacewatchError, UsageError
from tests.deploy.bundles import unpacked

LGPL = b"\0--prefix=/x --disable-everything --enable-shared --enable-libopenh264\0"
GPL = b"\0--prefix=/x --enable-shared --enable-gpl --enable-libfoo\0"
LOCKED = "av-18.1.0-cp311-abi3-manylinux_2_28_x86_64.whl"
OURS = "av-18.1.0-1lgpl-cp311-abi3-manylinux_2_34_x86_64.whl"


def av(folder: Path, name: str = LOCKED, libraries: dict[str, bytes] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "av-18.1.0.dist-info/METADATA", "Name: av\nVersion: 18.1.0\nLicense-Expression: BSD-3-Clause\n"
        )
        archive.writestr("av/codec.so", b"")
        for file, code in (libraries or {}).items():
            archive.writestr(f"av.libs/{file}", code)
    return path


@pytest.mark.parametrize(
    ("licence", "wanted"),
    [
        ("GPL-2.0-or-later", True),
        ("AGPL-3.0-only", True),
        ("GNU General Public License v3 (GPLv3)", True),
        ("MIT AND GPL-3.0-only", True),
        ("LGPL-2.1-or-later", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("LGPL-3.0-or-later OR GPL-2.0-or-later", False),
        ("FTL OR GPL-2.0-or-later", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("BSD-3-Clause", False),
        ("", False),
    ],
)
def test_what_leaves_no_choice_but_the_gpl(licence: str, wanted: bool) -> None:
    assert is_gpl(licence) is wanted


@pytest.mark.parametrize(
    ("code", "licence", "notes"),
    [
        (LGPL, "LGPL-2.1-or-later", ""),
        (LGPL.replace(b"--enable-shared", b"--enable-version3"), "LGPL-3.0-or-later", ""),
        (GPL, "GPL-2.0-or-later", "configured with --enable-gpl"),
        (GPL.replace(b"--enable-shared", b"--enable-version3"), "GPL-3.0-or-later", "with --enable-gpl"),
        (LGPL.replace(b"--enable-shared", b"--enable-nonfree"), "LicenseRef-FFmpeg-nonfree", "nonfree"),
        (LGPL.replace(b"--enable-shared", b"--enable-libx264"), "LGPL-2.1-or-later", "--enable-libx264"),
        (b"", "LGPL-2.1-or-later", ""),
    ],
)
def test_ffmpeg_says_how_it_was_configured(tmp_path: Path, code: bytes, licence: str, notes: str) -> None:
    """A library may hold GPL code without a file of its own: the configure line inside it tells."""
    [found] = carried(av(tmp_path, libraries={"libavcodec-0.so.62": code}))
    assert (found.name, found.licence) == ("libavcodec", licence)
    assert notes in found.notes
    assert bool(notes) is bool(found.notes)


@pytest.mark.parametrize("library", ["libx264-1.so.165", "libx265-2.so.216", "libavcodec-3.so.62"])
def test_gpl_is_refused_unless_it_is_accepted_by_name(tmp_path: Path, library: str) -> None:
    wheel = av(tmp_path, libraries={library: GPL})
    with pytest.raises(PlacewatchError) as caught:
        refuse_gpl([wheel], ["numpy"])
    said = f"{caught.value} {caught.value.remedy}"
    for part in ("av would bring GPL code", library.partition("-")[0], "GPL-2.0", "--accept-gpl av", LOCKED):
        assert part in said
    assert [each.library for each in refuse_gpl([wheel], ["AV"])] == [library.partition("-")[0]]
    assert refuse_gpl([av(tmp_path / "ours", libraries={"libavcodec-3.so.62": LGPL})], []) == []


def test_a_given_wheel_takes_the_place_of_the_locked_one(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    locked, other = av(wheels), av(wheels, LOCKED.replace("x86_64", "aarch64"))
    hashed = digest(locked)
    lock = f"av==18.1.0 \\\n    --hash=sha256:{hashed} \\\n    --hash=sha256:{'0' * 64}\n"
    ours = av(tmp_path / "built", OURS, {"libopenh264-1.so.7": b""})
    [done] = replace(wheels, [ours])
    assert sorted(path.name for path in wheels.iterdir()) == sorted([OURS, other.name])
    assert done.replaces == ((LOCKED, hashed),)
    fresh = lock_with(lock, [done])
    assert hashed not in fresh
    assert f"--hash=sha256:{digest(ours)}" in fresh
    assert "0" * 64 in fresh
    document = json.loads(sbom("9", [done.wheel], notes={OURS: done.note}, accepted=["x"]))
    [component] = document["components"]
    assert component["hashes"][0]["content"] == digest(ours)
    assert hashed in component["pedigree"]["notes"]
    assert [each["name"] for each in component["components"]] == ["libopenh264"]
    assert document["metadata"]["properties"] == [{"name": "placewatch:gpl-accepted", "value": "x"}]


@pytest.mark.parametrize(
    "name",
    [
        OURS.replace("18.1.0", "18.0.0"),
        OURS.replace("x86_64", "aarch64"),
        OURS.replace("cp311", "cp312"),
        OURS.replace("av-", "numpy-"),
        "av.whl",
    ],
)
def test_a_wheel_that_replaces_nothing_is_refused(tmp_path: Path, name: str) -> None:
    wheels = tmp_path / "wheels"
    av(wheels)
    with pytest.raises(UsageError):
        replace(wheels, [av(tmp_path / "built", name)])
    assert [path.name for path in wheels.iterdir()] == [LOCKED]


def test_a_wheel_that_is_not_there_is_refused(tmp_path: Path) -> None:
    av(tmp_path / "wheels")
    with pytest.raises(UsageError, match="no such file"):
        replace(tmp_path / "wheels", [tmp_path / OURS])


def test_the_licences_of_a_bundle_are_listed(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "bundle", "1.0.0", Ed25519PrivateKey.generate())
    free = CliRunner().invoke(app, ["bundle", "licences", str(folder)])
    assert free.exit_code == 0
    assert "0 under the GPL" in free.output
    av(folder / "wheels", libraries={"libx264-1.so.165": b"", "libdav1d-1.so.7": b""})
    mixed = CliRunner().invoke(app, ["bundle", "licences", str(folder), "--json"])
    assert mixed.exit_code == 1
    said = json.loads(mixed.output)
    assert [(each["library"], each["gpl"]) for each in said["parts"] if each["library"]] == [
        ("libdav1d", False),
        ("libx264", True),
    ]
