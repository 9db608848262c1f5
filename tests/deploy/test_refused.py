"""What was good once and is no more: expired orders, keys that were replaced, centres that were left."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.managed.anchor import read_anchor
from edge.managed.believe import believe
from edge.managed.handover import Handover
from messages import UpdateOrder
from placewatch.bundle.ordered import follow
from placewatch.bundle.update import Site, update
from placewatch.errors import TrustError
from tests.deploy.bundles import packed, public_pem, unpacked
from tests.edge.boxes import write_box
from tests.edge.orders import BOX, ISSUED, config_order, enrolled, sign

OLD, NEW = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def machine(folder: Path) -> Site:
    """A managed box that runs 1.0.0 and believes releases of the old key."""
    enrolled(folder)
    file = write_box(folder, {"a": "x.mp4"}, settings={"managed": {}})
    site = Site(folder / "opt", folder, file, ("restart",), ("active",), 0.0)
    site.current.parent.mkdir()
    site.current.symlink_to(unpacked(site.prefix / "versions" / "1.0.0", "1.0.0", OLD))
    (folder / "release.pub").write_bytes(public_pem(OLD))
    return site


def never(_command: object) -> None:
    pytest.fail("something of it was run")


def test_an_order_that_has_expired_is_not_followed_though_its_bundle_lies_there(tmp_path: Path) -> None:
    site = machine(tmp_path)
    bundle = packed(unpacked(tmp_path / "b", "2.0.0", OLD), tmp_path / "2.run", "2.0.0")
    order = UpdateOrder(
        type="update", site=BOX.site, box=BOX.box, version=1, issued=ISSUED,
        expires=ISSUED + timedelta(hours=1), software="2.0.0", sha256="0" * 64, size=bundle.stat().st_size,
    )  # fmt: skip
    handover = Handover(tmp_path / "managed" / "update")
    handover.folder.mkdir(parents=True)
    handover.want(sign(order))
    with pytest.raises(TrustError, match="expired"):
        follow(site, ISSUED + timedelta(hours=2), run=never)  # type: ignore[arg-type]  # it must not be called
    assert not handover.order.exists(), "it is not looked at again and again"
    assert site.current.resolve().name == "1.0.0"


def test_bundles_of_a_release_key_that_was_replaced_are_refused(tmp_path: Path) -> None:
    """A key got into wrong hands: release.pub is exchanged, and what the old one signed is worth nothing."""
    site = machine(tmp_path)
    bundle = packed(unpacked(tmp_path / "b", "2.0.0", OLD), tmp_path / "2.run", "2.0.0")
    (tmp_path / "release.pub").write_bytes(public_pem(NEW))
    with pytest.raises(TrustError, match="not signed by the key"):
        update(bundle, site, run=never)  # type: ignore[arg-type]
    assert site.current.resolve().name == "1.0.0"


def test_configurations_of_a_centre_that_a_box_left_are_refused(tmp_path: Path) -> None:
    """A new enrolment revokes the key of the centre before: its orders were believed, and are no more."""
    order = sign(config_order(3), OLD)
    before = read_anchor(enrolled(tmp_path, OLD))
    assert believe(order, before.key, BOX).order.version == 3
    after = read_anchor(enrolled(tmp_path, NEW))
    with pytest.raises(TrustError, match="not signed by the centre"):
        believe(order, after.key, BOX)
    assert believe(sign(config_order(1), NEW), after.key, BOX).order.version == 1
