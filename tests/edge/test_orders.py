"""Orders that are not believed, configurations that are judged, and what a box keeps of both: no threads."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge.managed.anchor import read_anchor
from edge.managed.believe import Floor, believe, is_new
from edge.managed.boot import boot
from edge.managed.judge import Before, Patience, Seen, Word, judge
from edge.managed.kept import FILE, Keeper, Kept, KeptConfig, Probation, proven, refused, taken_back, tried
from edge.managed.merge import effective
from messages import CameraHealth, CameraState, ConfigState, Signed, encode
from messages.orders import MAX_CONFIG
from messages.topics import BoxTopics
from placewatch.errors import ConfigError, TrustError
from placewatch.paths import shipped
from tests.contract.samples import HEALTH
from tests.edge.boxes import write_box
from tests.edge.orders import BOX, ISSUED, KEY, config_order, enrolled, sign

PUBLIC = KEY.public_key()
GOOD = sign(config_order(3))


def forged(**changes: object) -> bytes:
    """A signed order with something of it altered afterwards."""
    signed = msgspec.json.decode(GOOD, type=Signed)
    return encode(msgspec.structs.replace(signed, **changes))


BODY = msgspec.json.decode(GOOD, type=Signed).body


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "not an order"),
        (b"{", "not an order"),
        (b"\xff\xfe", "not an order"),
        (b"[" * 100_000, "not an order"),
        (b"x" * 300_000, "over the limit"),
        (b'{"body":"{}","signature":"AAAA"}', "not an order"),
        (BODY.encode(), "not an order"),
        (forged(body=BODY.replace("health_s: 1", "health_s: 2")), "not signed by the centre"),
        (forged(body=BODY.replace('"version":3', '"version":9')), "not signed by the centre"),
        (forged(signature=b"\0" * 64), "not signed by the centre"),
        (sign(config_order(3), Ed25519PrivateKey.generate()), "not signed by the centre"),
        (sign(config_order(3, box="box-2")), "meant for city/box-2"),
        (sign(config_order(3, site="town")), "meant for town/box-1"),
        (sign(config_order(3, config="x" * (MAX_CONFIG + 1))), "not an order"),
    ],
)
def test_what_is_not_believed(payload: bytes, why: str) -> None:
    with pytest.raises(TrustError, match=why):
        believe(payload, PUBLIC, BOX)


def test_a_signature_of_the_same_key_for_something_else_is_none() -> None:
    bare = encode(Signed(body=BODY, signature=KEY.sign(BODY.encode())))
    with pytest.raises(TrustError, match="not signed"):
        believe(bare, PUBLIC, BOX)


@given(st.binary(max_size=400))
def test_no_bytes_do_harm(payload: bytes) -> None:
    with pytest.raises(TrustError):
        believe(payload, PUBLIC, BOX)


def test_an_order_is_followed_once_and_nothing_older_after_it() -> None:
    three = believe(GOOD, PUBLIC, BOX)
    assert is_new(three, Floor(), ISSUED)
    assert is_new(three, Floor(version=2), ISSUED)
    assert not is_new(three, three.floor, ISSUED), "it is retained, so it comes again with each connection"
    for floor in (Floor(version=3), Floor(version=3, digest="0" * 64), Floor(version=4, digest="0" * 64)):
        with pytest.raises(TrustError, match="sent again"):
            is_new(three, floor, ISSUED)
    short = believe(sign(config_order(4, expires=ISSUED + timedelta(hours=1))), PUBLIC, BOX)
    assert is_new(short, three.floor, ISSUED + timedelta(minutes=59))
    with pytest.raises(TrustError, match="expired"):
        is_new(short, three.floor, ISSUED + timedelta(minutes=61))
    assert not is_new(short, short.floor, ISSUED + timedelta(days=9)), "what runs does not expire"


def test_a_box_that_begins_anew_takes_nothing_older_than_its_enrolment(tmp_path: Path) -> None:
    anchored = read_anchor(enrolled(tmp_path, after=(5, 2)))
    kept = Keeper(tmp_path / "managed", anchored.after).load()
    for old in (3, 4):
        with pytest.raises(TrustError, match="sent again"):
            is_new(believe(sign(config_order(old)), PUBLIC, BOX), kept.config_floor, ISSUED)
    assert is_new(believe(sign(config_order(5)), PUBLIC, BOX), kept.config_floor, ISSUED)


def test_without_a_pinned_key_a_managed_box_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="key by which the centre signs"):
        read_anchor(tmp_path)
    path = write_box(tmp_path, {"a": "x.mp4"}, settings={"managed": {}})
    with pytest.raises(TrustError, match="box renew"):
        boot(path, ISSUED)


# --- what the centre may set -------------------------------------------------------------------------------


def test_the_centre_sets_what_it_may_and_problems_have_their_place(tmp_path: Path) -> None:
    path = write_box(tmp_path, {"a": "x.mp4"}, settings={"broker": {"port": 1883, "username": "me"}})
    box = effective(path, "health_s: 7\nbroker: {host: other, port: 9}\n", 4)
    assert (box.health_s, box.broker.host, box.broker.port, box.broker.username) == (7.0, "other", 9, "me")
    assert [camera.id for camera in box.cameras] == ["a"]
    for text, problem in (
        ("site: elsewhere\n", "configuration 4:1: site: is the box's own affair"),
        ("health_s: 3\nspool: {path: /etc/passwd}\n", "configuration 4:2: spool: is the box's own affair"),
        ("broker: {password: x}\n", "configuration 4:1: broker.password: is the box's own affair"),
        ("broker: {tls: {ca: /x, certificate: /y}}\n", "broker.tls: is the box's own affair"),
        ("health_s: 0\n", "configuration 4:1: health_s"),
        ("cameras: [{id: a, url: 'rtsp://h/${NO_SUCH}', place: place-a}]\n", "NO_SUCH is not set"),
        ("- a\n", "not a mapping"),
        ("a: &a [*a]\n", "configuration 4"),
        ("", "configuration 4"),
    ):
        with pytest.raises(ConfigError) as caught:
            effective(path, text, 4, env={})
        assert problem in str(caught.value)


def test_rules_are_tried_against_the_classes_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    manifest = (shipped("models") / "manifest.toml").read_text(encoding="utf-8")
    (models / "manifest.toml").write_text(manifest.replace('"coco-80"', '["car"]', 1))
    monkeypatch.setattr("edge.detect.manifest.shipped", lambda _name: models)
    path = write_box(tmp_path, {"a": "x.mp4"})
    zone = {"id": "yard", "polygon": [[0, 0], [1, 0], [1, 1]]}
    rule = {"kind": "water_edge", "zone": "yard"}
    camera = {"id": "a", "url": "x.mp4", "place": "place-a", "zones": [zone], "rules": [rule]}
    text = yaml.safe_dump({"detector": {"model": "nanodet_m_416"}, "cameras": [camera]})
    with pytest.raises(ConfigError, match=r"configuration 1:\d+: .*needs person, which model"):
        effective(path, text, 1)


# --- what is kept ------------------------------------------------------------------------------------------

ONE, TWO, THREE = (KeptConfig(version=n, text=f"health_s: {n}\n") for n in (1, 2, 3))


def test_good_is_what_ran_before_the_first_that_is_still_watched() -> None:
    watched = Probation(before=Before(cameras={"a": 25.0}), touched=("a",))
    first = proven(tried(Kept(), ONE, Probation(), ISSUED), ISSUED)
    assert (first.running, first.good, first.state) == (ONE, ONE, ConfigState.APPLIED)
    second = tried(first, TWO, watched, ISSUED)
    third = tried(second, THREE, Probation(touched=("b",)), ISSUED)
    assert third.good == ONE, "the second was never proven"
    assert third.probation is not None
    assert third.probation.before == watched.before
    assert third.probation.touched == ("a", "b")
    back = taken_back(third, "dark", ISSUED)
    assert (back.running, back.probation, back.state) == (ONE, None, ConfigState.ROLLED_BACK)
    held = proven(refused(third, "no camera answers", ISSUED), ISSUED)
    assert (held.running, held.state, held.reason) == (THREE, ConfigState.REFUSED, "no camera answers")


def test_a_worker_that_crashes_under_a_configuration_goes_back_by_itself(tmp_path: Path) -> None:
    enrolled(tmp_path)
    path = write_box(tmp_path, {"a": "x.mp4"}, settings={"managed": {}})
    keeper = Keeper(tmp_path / "managed")
    good = proven(tried(Kept(), ONE, Probation(), ISSUED), ISSUED)
    keeper.save(tried(good, TWO, Probation(), ISSUED))
    for _ in range(2):
        box, governed = boot(path, ISSUED)
        assert box.health_s == 2.0
        assert governed is not None
        assert governed.kept.state is ConfigState.PROBATION
    box, governed = boot(path, ISSUED)
    assert box.health_s == 1.0
    assert governed is not None
    assert governed.kept.state is ConfigState.ROLLED_BACK
    assert "ended 2 times" in governed.kept.reason
    assert boot(path, ISSUED)[0].health_s == 1.0


def test_what_cannot_be_used_any_more_gives_way_at_the_start(tmp_path: Path) -> None:
    enrolled(tmp_path)
    path = write_box(tmp_path, {"a": "x.mp4"}, settings={"managed": {}})
    bad = KeptConfig(version=2, text="cameras: [{id: a, url: 'rtsp://h/${GONE}', place: place-a}]\n")
    Keeper(tmp_path / "managed").save(Kept(running=bad, good=bad, state=ConfigState.APPLIED))
    box, governed = boot(path, ISSUED, env={})
    assert box.health_s == 1.0
    assert governed is not None
    assert governed.kept.running is None
    assert "GONE is not set" in governed.kept.reason


def test_damaged_memory_of_orders_stops_nothing(tmp_path: Path) -> None:
    enrolled(tmp_path, after=(5, 0))
    path = write_box(tmp_path, {"a": "x.mp4"}, settings={"managed": {}})
    (tmp_path / "managed").mkdir()
    (tmp_path / "managed" / FILE).write_bytes(b"\0junk")
    box, governed = boot(path, ISSUED)
    assert box.cameras
    assert governed is not None
    assert governed.kept.config_floor.version == 4, "the enrolment's floor still holds"


# --- the judgement -----------------------------------------------------------------------------------------

WAS = Before(cameras={"a": 25.0, "b": 25.0, "c": 25.0, "d": 25.0}, load=0.3)
LONG = Patience()


def seen(at_s: float, *, connected: bool = True, load: float = 0.3, **fps: float | None) -> Seen:
    """Health in which some cameras bring other pictures a second than 25, or none at all (None)."""
    rates = {"a": 25.0, "b": 25.0, "c": 25.0, "d": 25.0} | fps
    cameras = [
        CameraHealth(
            camera=name,
            place="p",
            state=CameraState.FAILED if rate is None else CameraState.STREAMING,
            reason="no route" if rate is None else "",
            fps=rate or 0.0,
        )
        for name, rate in rates.items()
    ]
    return Seen(at_s, msgspec.structs.replace(HEALTH, cameras=cameras, detect_load=load), connected)


@pytest.mark.parametrize(
    ("touched", "story", "word", "reason"),
    [
        ("a", [seen(30), seen(60), seen(300)], Word.WATCH, ""),
        ("a", [seen(30), seen(600)], Word.GOOD, ""),
        ("a", [seen(30, a=None), seen(60, a=None)], Word.WATCH, ""),
        ("a", [seen(30, a=None), seen(60, a=None), seen(90, a=None)], Word.BACK, "camera a: no route"),
        ("a", [seen(30, a=None), seen(60), seen(90, a=None)], Word.WATCH, ""),
        ("a", [seen(30, a=5), seen(90, a=5)], Word.BACK, "5.0 pictures a second instead of 25.0"),
        ("a", [seen(30, a=13), seen(600, a=13)], Word.GOOD, ""),
        ("e", [seen(30, e=None), seen(90, e=None)], Word.BACK, "camera e"),
        ("a", [seen(30, b=None), seen(600, b=None)], Word.GOOD, ""),
        ("a", [seen(30, b=None, c=None), seen(90, b=None, c=None)], Word.BACK, "2 cameras"),
        ("a", [seen(30, load=1.0), seen(90, load=1.0)], Word.BACK, "overloaded"),
        ("a", [seen(30, connected=False), seen(90, connected=False)], Word.WATCH, ""),
        ("a", [seen(580, a=None), seen(610, a=None)], Word.WATCH, ""),
    ],
)
def test_a_configuration_is_judged_by_what_lasts(
    touched: str, story: list[Seen], word: Word, reason: str
) -> None:
    verdict = judge(WAS, frozenset(touched), story, LONG)
    assert verdict.word is word
    assert reason in verdict.reason


def test_a_broker_that_stays_away_condemns_only_who_named_it() -> None:
    story = [seen(30, connected=False), seen(90, connected=False)]
    assert judge(WAS, frozenset(), story, LONG).word is Word.WATCH
    assert "broker" in judge(WAS, frozenset(), story, LONG, moved=True).reason
    assert judge(WAS, frozenset(), [], LONG).word is Word.WATCH


def test_a_camera_that_was_away_before_is_no_complaint() -> None:
    was = Before(cameras={"b": 25.0}, load=0.3)
    assert judge(was, frozenset(), [seen(30, a=None), seen(600, a=None)], LONG).word is Word.GOOD


def test_topics_are_of_one_box() -> None:
    assert BoxTopics("city", "box-1").config == "pw/v1/city/box-1/config"
