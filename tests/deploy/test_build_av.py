"""The recipe of a PyAV without GPL parts, as far as it goes without compiling."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from scripts.avbuild.ffmpeg import compile_ffmpeg
from scripts.avbuild.run import BuildError
from scripts.avbuild.sources import archive, newest
from scripts.avbuild.table import table
from scripts.avbuild.wheel import Origin, finish, pinned, version_of
from tests.parts import ROOT


def test_the_table_serves_every_pyav_that_is_locked() -> None:
    locked = re.findall(r"(?m)^av==(\d+)\.", (ROOT / "requirements" / "run.lock").read_text())
    assert locked
    assert set(map(int, locked)) <= set(table().series)


def test_nothing_is_configured_that_would_make_it_gpl() -> None:
    line = " ".join(table().configure(Path("/x")))
    assert "--disable-everything" in line
    assert "--enable-shared" in line
    for part in ("gpl", "nonfree", "x264", "x265", "version3"):
        assert part not in line


def test_an_ffmpeg_that_says_it_is_gpl_is_not_compiled(tmp_path: Path) -> None:
    """What counts is what its own configure makes of the line."""
    (tmp_path / "configure").write_text(
        """echo '#define FFMPEG_LICENSE "GPL version 2 or later"' > config.h\n"""
    )
    with pytest.raises(BuildError, match="would be under GPL version 2"):
        compile_ffmpeg(table(), tmp_path, tmp_path / "prefix", 1)


def test_the_newest_source_of_a_major_version() -> None:
    listing = (
        "Package: ffmpeg\nVersion: 7:8.1.2-2\n\nVersion: 7:8.1.10-1\nVersion: 7:9.0.2-4\nVersion: 7:7.1.5-1\n"
    )
    assert newest(listing, 8) == "7:8.1.10-1"
    assert newest(listing, 6) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "debian.sources",
            (
                "Types: deb\nURIs: http://a.example/debian-security\nSuites: x\nComponents: main\n\n"
                "Types: deb\n# a remark\nURIs: http://a.example/debian\nSuites: x\nComponents: main\n"
                "Signed-By: /k.gpg\n"
            ),
        ),
        ("debian.list", "deb [signed-by=/k.gpg] http://a.example/debian x main contrib\n"),
    ],
)
def test_the_machines_own_archive_is_used(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / name).write_text(text)
    assert archive(tmp_path) == {"URIs": "http://a.example/debian", "Signed-By": "/k.gpg"}


def test_a_machine_without_such_an_archive_is_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://a.example/ubuntu x main\n")
    with pytest.raises(BuildError, match="--source"):
        archive(tmp_path)


def test_pyav_is_the_locked_one() -> None:
    pin = pinned(ROOT / "requirements" / "run.lock")
    assert pin.startswith(f"av=={version_of(pin)}")
    assert pin.count("--hash=sha256:") > 1
    assert "#" not in pin


def test_the_wheel_says_where_its_libraries_come_from_and_is_the_same_each_time(tmp_path: Path) -> None:
    raw = tmp_path / "av-1.0-cp311-abi3-manylinux_2_34_x86_64.whl"
    with zipfile.ZipFile(raw, "w") as file:
        file.writestr("av/__init__.py", "")
        file.writestr("av-1.0.dist-info/METADATA", "Name: av\nVersion: 1.0\n")
        file.writestr("av-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nTag: cp311-abi3-any\n")
        file.writestr("av-1.0.dist-info/RECORD", "")
    licence = tmp_path / "COPYING.LGPLv2.1"
    licence.write_text("free")
    origin = Origin("7:8.1.2-2", "--disable-everything", (licence,))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    made = [finish(raw, tmp_path / name, origin) for name in ("a", "b")]
    assert made[0].name == "av-1.0-1lgpl-cp311-abi3-manylinux_2_34_x86_64.whl"
    assert made[0].read_bytes() == made[1].read_bytes()
    with zipfile.ZipFile(made[0]) as file:
        said = json.loads(file.read("av-1.0.dist-info/licenses/ffmpeg.json"))
        assert (said["ffmpeg"], said["configure"]) == ("7:8.1.2-2", "--disable-everything")
        assert file.read("av-1.0.dist-info/licenses/COPYING.LGPLv2.1") == b"free"
        assert "\nBuild: 1lgpl\n" in file.read("av-1.0.dist-info/WHEEL").decode()
        record = file.read("av-1.0.dist-info/RECORD").decode().splitlines()
        assert sorted(line.split(",")[0] for line in record) == sorted(file.namelist())
