"""A box's first day in the field, in network namespaces, short: the long form is scripts/field_day.py."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from scripts.field_day import HOSTS
from scripts.fieldday.box import Box
from scripts.fieldday.city import city
from scripts.fieldday.day import Day
from scripts.fieldday.network import Network, NotPermittedError
from tests.deploy.bundles import packed, public_pem, unpacked
from tests.parts import require

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def network() -> Iterator[Network]:
    """Namespaces; skips where kernel or account forbids them (fails in CI)."""
    try:
        made = Network(HOSTS).__enter__()
    except NotPermittedError as error:
        require(False, f"network namespaces cannot be made here: {error}")
        raise
    try:
        yield made
    finally:
        made.__exit__(None, None, None)


def _tell(step: str) -> None:
    print(f"{time.monotonic():.1f} {step}")


def test_the_first_day_of_a_box(network: Network, few_clips: Path, tmp_path: Path) -> None:
    """The real installer, with a wheel that stands for this checkout; cameras, broker, centre are real."""
    _tell("bundles")
    (tmp_path / "release.pub").write_bytes(public_pem(KEY))
    clips = tmp_path / "clips"
    clips.mkdir()
    one = next(iter(sorted(few_clips.iterdir())))
    (clips / "gate.mp4").symlink_to(one.resolve())
    first, second = (
        packed(unpacked(tmp_path / version, version, KEY), tmp_path / f"{version}.run", version)
        for version in ("1.0.0", "1.1.0")
    )
    _tell("city")
    with city(network, tmp_path, clips) as around:
        day = Day(around, Box(around, tmp_path / "release.pub"), (first, second), 5.0, _tell)
        try:
            figures = day.live()
        except BaseException:
            for name in ("city.log", "box.log"):
                print((tmp_path / name).read_text()[-4000:] if (tmp_path / name).exists() else "")
            raise
    print(json.dumps(figures.document()))
    assert figures.cameras == 1
    assert [said.partition(":")[0] for said in figures.configurations.values()] == [
        "refused", "applied", "applied", "rolled_back",
    ]  # fmt: skip
    assert (figures.undisturbed["reopened"], figures.undisturbed["broken"]) == (0, 0)
    assert figures.undisturbed["pictures"] > 0
    assert figures.during_cut > 0
    assert figures.versions == ("1.0.0", "1.1.0")
    assert (figures.lost, figures.double, figures.after_revocation) == (0, 0, 0)
    assert figures.committed == figures.spooled
