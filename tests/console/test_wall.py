"""The wall, over the contract that boxes speak: pictures when they come, words when they do not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec import structs
from playwright.sync_api import Browser, Page, expect

from central.ingest.snapshots import Snapshots
from messages import Command, Snapshot, decode, encode
from messages.topics import BoxTopics
from placewatch.clock import SystemClock, utc
from tests.central.speech import BOX, Box, evidence, inbound
from tests.console.stage import Stage, at_desk, make_stage
from tests.migrated import migrated


@dataclass(slots=True)
class Answering:
    """A box at the other end of the broker: it takes commands as bytes and answers as bytes.

    Attributes:
        refuses: What it says instead of giving a picture.
        asked: How often it was asked.
    """

    refuses: str | None = None
    asked: int = 0
    snapshots: Snapshots = field(init=False)

    def __post_init__(self) -> None:
        self.snapshots = Snapshots(self.take, SystemClock())

    def take(self, topic: str, payload: bytes) -> bool:
        """A command came from the centre."""
        assert topic == BOX.command
        command = decode(payload, Command)
        self.asked += 1
        picture = None if self.refuses else evidence(shade=40 + self.asked)
        answer = Snapshot(
            id=command.id, camera=command.camera, place="ring-road", picture=picture, missing=self.refuses
        )
        self.snapshots.arrived(BOX.snapshot(command.camera), encode(answer))
        return True


@pytest.fixture
def box() -> Answering:
    return Answering()


@pytest.fixture
def wall(tmp_path: Path, browser: Browser, box: Answering) -> Iterator[tuple[Page, Stage]]:
    """The wall of a centre that knows one camera."""
    store = migrated(f"sqlite:///{tmp_path}/central.sqlite")
    stage = make_stage(store, tmp_path)
    tell(stage, BOX, online=True)
    with (
        stage.open(snapshots=box.snapshots) as site,
        at_desk(browser, site, "li.wei", path="/wall", complains=True) as page,
    ):
        yield page, stage
    store.close()


def tell(stage: Stage, topics: BoxTopics, *, online: bool) -> None:
    """The box says how it is."""
    box = Box(topics)
    now = utc(stage.clock.now())
    for topic, said in ((topics.health, box.health()), (topics.state, box.state(online=online))):
        stage.office.take(structs.replace(inbound(topic, encode(said)), received=now))


def test_a_place_is_seen_while_it_is_looked_at(wall: tuple[Page, Stage], box: Answering) -> None:
    page, stage = wall
    stage.happen(Box(session="s2"))
    page.locator("[data-view='ring-road/cam-1']").check()
    tile = page.get_by_test_id("tile")
    expect(tile.get_by_test_id("look")).to_be_visible()
    expect(tile).to_contain_text("已遮盖 2 处")
    expect(tile.get_by_test_id("pace")).to_have_text("每 5 秒一张")
    expect(tile.locator(".now")).to_have_text("1")
    expect(page.get_by_test_id("wall-health")).to_contain_text("所选 1/1")
    page.get_by_test_id("every").select_option("0")
    before = box.asked
    first = tile.get_by_test_id("look").get_attribute("src")
    tile.get_by_role("button", name="立即取").click()
    expect(tile.get_by_test_id("look")).not_to_have_attribute("src", first or "")
    assert box.asked == before + 1
    page.reload()
    expect(page.get_by_test_id("every")).to_have_value("0")
    expect(page.get_by_test_id("tile")).to_contain_text("还没有图片")
    assert box.asked == before + 1  # by hand means by hand


def test_a_box_that_refuses_is_asked_more_seldom_and_one_that_is_away_is_said(
    wall: tuple[Page, Stage], box: Answering
) -> None:
    page, stage = wall
    box.refuses = "the box gives 2 pictures a second"
    page.get_by_test_id("every").select_option("1")
    page.locator("[data-view='ring-road/cam-1']").check()
    tile = page.get_by_test_id("tile")
    expect(tile.get_by_test_id("tile-problem")).to_contain_text("边缘盒每秒最多给 2 张图片")
    expect(tile.get_by_test_id("pace")).not_to_have_text("每 1 秒一张")
    tell(stage, BOX, online=False)
    page.reload()
    expect(tile.get_by_test_id("tile-problem")).to_contain_text("边缘盒离线")
    expect(page.get_by_test_id("wall-health")).to_contain_text("所选 0/1")
    page.get_by_test_id("language").click()
    expect(tile).to_contain_text("The box is away")
