"""Bundles: what is believed, what is refused, what an installation and an update leave behind."""

import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from placewatch.bundle.archive import unpack
from placewatch.bundle.manifest import read_private_key, read_public_key, sign, verify
from placewatch.bundle.update import Outcome, Site, update
from placewatch.cli.main import app
from placewatch.errors import PlacewatchError, TrustError
from tests.deploy.bundles import packed, public_pem, unpacked

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def _edit(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda b: _edit(b / "install.py", b"Installs", b"Harms!!!"), "holds an altered install.py"),
        (lambda b: (b / "install.sh").unlink(), "lacks install.sh"),
        (lambda b: (b / "wheels" / "extra.whl").write_bytes(b""), "which its manifest does not list"),
        (lambda b: (b / "link").symlink_to("/etc/passwd"), "holds the link link"),
        (lambda b: _edit(b / "bundle.json", b'"1.2.3"', b'"9.9.9"'), "not signed by the key"),
        (lambda b: (b / "bundle.sig").unlink(), "not signed by the key"),
        (lambda b: (b / "bundle.sig").write_bytes(b"%%%"), "not signed by the key"),
        (lambda b: (b / "bundle.sig").write_bytes(b""), "not signed by the key"),
    ],
)
def test_a_bundle_that_was_touched_is_refused(
    tmp_path: Path, harm: Callable[[Path], object], told: str
) -> None:
    bundle = unpacked(tmp_path / "b", "1.2.3", KEY)
    assert verify(bundle, KEY.public_key()).version == "1.2.3"
    harm(bundle)
    with pytest.raises(TrustError, match=told):
        verify(bundle, KEY.public_key())


def test_another_key_is_not_believed(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="not signed by the key"):
        verify(unpacked(tmp_path / "b", "1.2.3", OTHER), KEY.public_key())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 2}, "of format 2"),
        ({"files": {"../../etc/passwd": "0" * 64}}, "lies outside it"),
        ({"files": {"/etc/passwd": "0" * 64}}, "lies outside it"),
        ({"surprise": 1}, "cannot be read|no manifest"),
    ],
)
def test_signed_nonsense_is_refused_too(tmp_path: Path, change: dict[str, object], told: str) -> None:
    bundle = unpacked(tmp_path / "b", "1.2.3", None)
    manifest = json.loads((bundle / "bundle.json").read_bytes())
    (bundle / "bundle.json").write_text(json.dumps({**manifest, **change}))
    sign(bundle, KEY)
    with pytest.raises(TrustError, match=told):
        verify(bundle, KEY.public_key())


def test_packing_gives_the_same_bytes_and_unpacking_the_same_files(tmp_path: Path) -> None:
    bundle = unpacked(tmp_path / "b", "1.2.3", KEY)
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
    first, second = (packed(bundle, tmp_path / name / "x.run", "1.2.3") for name in ("1", "2"))
    assert first.read_bytes() == second.read_bytes()
    out = tmp_path / "out"
    out.mkdir()
    unpack(first, out)
    assert verify(out, KEY.public_key()).version == "1.2.3"


def _archive(*members: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"\0" * member.size))
    return b"#!/bin/sh\n\n__PLACEWATCH_ARCHIVE__\n" + out.getvalue()


def _member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, target
    return info


def _huge() -> bytes:
    info = _member("big")
    info.size = 5 * 1024**3
    return b"#!/bin/sh\n\n__PLACEWATCH_ARCHIVE__\n" + info.tobuf()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not a bundle"),
        (b"MZ" * 50_000, "not a bundle"),
        (_archive(_member("../evil")), "would land elsewhere"),
        (_archive(_member("a/../../evil")), "would land elsewhere"),
        (_archive(_member("a"), _member("a")), "cannot be unpacked"),
        (_archive(_member("h", tarfile.LNKTYPE, target="/etc/passwd")), "not a plain file"),
        (_archive(_member("l", tarfile.SYMTYPE, target="/etc")), "not a plain file"),
        (_archive(_member("d", tarfile.CHRTYPE)), "not a plain file"),
        (_huge(), "larger than any bundle"),
        (_archive(_member("a", size=4096))[:-9000], "cannot be unpacked"),
    ],
)
def test_files_that_are_no_bundles(tmp_path: Path, content: bytes, told: str) -> None:
    file, out = tmp_path / "x.run", tmp_path / "out"
    file.write_bytes(content)
    out.mkdir()
    with pytest.raises(TrustError, match=told):
        unpack(file, out)
    assert not (tmp_path / "evil").exists()


def test_an_absolute_path_lands_inside(tmp_path: Path) -> None:
    file, out = tmp_path / "x.run", tmp_path / "out"
    out.mkdir()
    file.write_bytes(_archive(_member(f"{tmp_path}/evil", size=3)))
    unpack(file, out)
    assert not (tmp_path / "evil").exists()
    assert (out / str(tmp_path).lstrip("/") / "evil").read_bytes() == bytes(3)


def test_keys_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "junk").write_text("junk")
    for read in (read_public_key, read_private_key):
        for path in (tmp_path / "junk", tmp_path / "none"):
            with pytest.raises(TrustError, match="key can be read"):
                read(path)


def install(bundle: Path, home: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """Run a bundle's file as an installer would, into a home of the test's own."""
    return subprocess.run(
        [
            *("sh", bundle, "--prefix", home / "opt", "--config", home / "etc", "--state", home / "var"),
            *("--no-systemd", "--no-account", *more),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(600)  # six virtual environments, on a machine that has other work
def test_the_life_of_an_installation(tmp_path: Path) -> None:
    """Installed, refused, updated, returned from a version that fails, and never stopped by a bad bundle."""
    home, key = tmp_path / "home", tmp_path / "release.pub"
    key.write_bytes(public_pem(KEY))

    def bundle(version: str, signer: Ed25519PrivateKey = KEY, *, broken: bool = False) -> Path:
        folder = tmp_path / f"{version}-{signer is KEY}"
        return packed(
            unpacked(folder, version, signer, broken=broken), tmp_path / f"{folder.name}.run", version
        )

    foreign = install(bundle("1.0.0", OTHER), home, "--key", str(key))
    assert (foreign.returncode, "cannot believe this bundle" in foreign.stderr) == (1, True)
    assert not (home / "opt" / "current").exists()
    first = install(bundle("1.0.0"), home, "--key", str(key))
    assert first.returncode == 0, first.stderr
    assert (home / "etc" / "box.yaml").exists()
    assert (home / "etc" / "secrets.env").stat().st_mode & 0o777 == 0o600
    (home / "etc" / "box.yaml").write_text("mine")
    again = install(bundle_again := tmp_path / "1.0.0-True.run", home)
    assert again.returncode == 0, again.stderr
    assert bundle_again.exists()
    assert (home / "etc" / "box.yaml").read_text() == "mine"  # an installation keeps what people wrote

    restarts: list[str] = []
    trouble: set[str] = set()
    site = Site(home / "opt", home / "etc", home / "etc" / "box.yaml", ("restart",), ("active",), 0.0)

    def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        if command[0] in {"restart", "active"}:
            version = site.current.resolve().name
            if command[0] == "restart":
                restarts.append(version)
            return subprocess.CompletedProcess(command, int(version in trouble), "", "segmentation fault")
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def to(file: Path, *, downgrade: bool = False) -> Outcome:
        return update(file, site, downgrade=downgrade, run=run, sleep=lambda _: None)

    refusals: list[tuple[Path, str]] = [
        (bundle("1.1.0", OTHER), "not signed by the key"),
        (bundle_again, "in use already"),
        (bundle("0.9.0"), "is older than 1.0.0"),
        (bundle("1.1.1", broken=True), "self-test: inference: wrong boxes"),
    ]
    for file, told in refusals:
        with pytest.raises(PlacewatchError, match=told):
            to(file)
        assert site.current.resolve().name == "1.0.0"
    assert restarts == []
    assert to(bundle("1.2.0")) == Outcome("1.0.0", "1.2.0")
    assert site.current.resolve().name == "1.2.0"
    trouble.add("1.3.0")
    assert to(bundle("1.3.0")) == Outcome("1.2.0", "1.2.0", "it does not start: segmentation fault")
    assert restarts == ["1.2.0", "1.3.0", "1.2.0"]
    assert to(bundle("0.9.1"), downgrade=True).after == "0.9.1"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pythons": ["2.7"]}, "this bundle serves Python 2.7"),
        ({"arch": "vax"}, "this bundle is for vax"),
        ({"files": {"wheels/gone.whl": "0"}}, "wheels/gone.whl is missing"),
        ({"files": {"install.py": "0"}}, "install.py is damaged"),
    ],
)
def test_machines_and_bundles_that_do_not_fit(tmp_path: Path, change: dict[str, object], told: str) -> None:
    folder = unpacked(tmp_path / "b", "1.0.0", None)
    manifest = json.loads((folder / "bundle.json").read_bytes())
    (folder / "bundle.json").write_text(json.dumps({**manifest, **change}))
    done = install(packed(folder, tmp_path / "x.run", "1.0.0"), tmp_path / "home")
    assert done.returncode == 1
    assert told in done.stderr
    assert not (tmp_path / "home" / "opt").exists()


def test_keys_are_written_for_their_owner(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["bundle", "keygen", str(tmp_path / "k")]).exit_code == 0
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    secret = read_private_key(tmp_path / "k")
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    assert secret.public_key().public_bytes(*raw) == read_public_key(tmp_path / "k.pub").public_bytes(*raw)
    assert isinstance(
        CliRunner().invoke(app, ["bundle", "keygen", str(tmp_path / "k")]).exception, PlacewatchError
    )
