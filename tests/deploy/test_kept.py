"""What stays of earlier versions and bundles, and whose a file is that root has written."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from central.fleet.bundles import Bundles
from edge.drawing.boxfile import BoxFile
from placewatch.bundle.installed import installed, prune
from placewatch.bundle.manifest import peek
from placewatch.cli.main import app
from placewatch.config import read
from placewatch.errors import ConfigError
from placewatch.files import write_file
from placewatch.secrets import environment_file
from tests.deploy.bundles import packed, unpacked
from tests.edge.boxes import write_box
from tests.parts import require

STRANGER = 12345


def machine(prefix: Path, *versions: str, current: str) -> Path:
    """Versions in the order of their installation, and one whose installation was broken off."""
    for age, version in enumerate(versions):
        folder = prefix / "versions" / version
        (folder / "venv").mkdir(parents=True)
        (folder / "venv" / "file").write_bytes(bytes(100))
        (folder / ".complete").write_text("x")
        os.utime(folder / ".complete", (1000 + age, 1000 + age))
    (prefix / "versions" / "9.9.9").mkdir()
    (prefix / "current").symlink_to(prefix / "versions" / current)
    return prefix


@pytest.mark.parametrize(
    ("keep", "current", "spare", "left"),
    [
        (3, "4", (), {"4", "3", "2"}),
        (1, "4", (), {"4"}),
        (1, "1", (), {"1"}),
        (2, "1", (), {"1", "4"}),
        (1, "4", ("2",), {"4", "2"}),
        (9, "4", (), {"1", "2", "3", "4"}),
    ],
)
def test_old_versions_go_and_never_the_one_in_use(
    tmp_path: Path, keep: int, current: str, spare: tuple[str, ...], left: set[str]
) -> None:
    prefix = machine(tmp_path, "1", "2", "3", "4", current=current)
    gone = prune(prefix, keep, spare)
    assert {each.version for each in installed(prefix)} == left
    assert {each.version for each in gone} == {"1", "2", "3", "4"} - left
    assert {path.name for path in (prefix / "versions").iterdir()} == {*left, "9.9.9"}
    assert [each.version for each in installed(prefix) if each.in_use] == [current]


def test_versions_by_command(tmp_path: Path) -> None:
    prefix = machine(tmp_path, "1", "2", "3", current="3")
    command = ["bundle", "versions", "--prefix", str(prefix), "--json"]
    said = json.loads(CliRunner().invoke(app, command).stdout)
    assert [each["version"] for each in said["versions"]] == ["3", "2", "1"]
    said = json.loads(CliRunner().invoke(app, [*command, "--keep", "2"]).stdout)
    assert said["removed"] == ["1"]
    assert [each["in_use"] for each in said["versions"]] == [True, False]


def test_the_centre_keeps_new_bundles_and_those_in_demand(tmp_path: Path) -> None:
    shelf = Bundles(tmp_path / "shelf")
    digests = []
    for age in range(4):
        bundle = tmp_path / f"{age}.run"
        bundle.write_bytes(bytes([age]))
        digests.append(shelf.put(bundle)[0])
        os.utime(shelf.path(digests[-1]), (1000 + age, 1000 + age))
    assert [path.stem for path in shelf.kept()] == digests[::-1]
    shelf.put(tmp_path / "1.run")  # ordered again: as good as new
    assert set(shelf.prune(2, {digests[0]})) == {digests[2]}
    assert {path.stem for path in shelf.kept()} == {digests[0], digests[1], digests[3]}


def test_a_bundle_says_its_version_in_its_head(tmp_path: Path) -> None:
    bundle = packed(unpacked(tmp_path / "b", "1.2.3", None), tmp_path / "x.run", "1.2.3")
    assert peek(bundle) == "1.2.3"
    (tmp_path / "junk").write_bytes(b"\xff" * 600)
    assert peek(tmp_path / "junk") == peek(tmp_path / "none") == ""


def test_what_root_writes_stays_its_owners(tmp_path: Path) -> None:
    """An administrator changes a box's file; the service, which has another account, still reads it."""
    require(os.geteuid() == 0, "needs root")
    path = write_box(tmp_path, {"a": "x.mp4"})
    os.chown(path, 0, STRANGER)
    path.chmod(0o640)
    BoxFile(path).save()
    assert (path.stat().st_uid, path.stat().st_gid, path.stat().st_mode & 0o777) == (0, STRANGER, 0o640)
    folder = tmp_path / "identity"
    folder.mkdir()
    os.chown(folder, STRANGER, STRANGER)
    for _ in range(2):
        write_file(folder / "box.pem", b"x", secret=True)
        assert (folder / "box.pem").stat().st_uid == STRANGER


def test_passwords_beside_the_configuration(tmp_path: Path) -> None:
    """What systemd gives to the service, a command at a shell finds itself; its environment comes first."""
    (tmp_path / "secrets.env").write_text(
        "# cameras\n\n; old\nUSER_A=viewer\n PASSWORD_A = 'p=a $ss' \nPASSWORD_B=\"q\"\njunk\n"
    )
    kept = {"USER_A": "viewer", "PASSWORD_A": "p=a $ss", "PASSWORD_B": "q"}
    assert environment_file(tmp_path / "secrets.env") == kept
    assert environment_file(tmp_path / "none") == {}
    file = tmp_path / "box.yaml"
    file.write_text("url: rtsp://${USER_A}:${PASSWORD_B}@h\n")
    assert read(file).data == {"url": "rtsp://viewer:q@h"}
    assert read(file, env={"USER_A": "u", "PASSWORD_B": "v"}).data == {"url": "rtsp://u:v@h"}
    file.write_text("url: ${NOBODY}\n")
    with pytest.raises(ConfigError, match="NOBODY is not set"):
        read(file)
