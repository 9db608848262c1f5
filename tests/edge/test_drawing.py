"""Setting up cameras: a still that is redacted, a file whose comments stay, zones drawn in a real browser."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright

from edge.config import load_box
from edge.drawing.app import Drawing, make_page
from edge.drawing.boxfile import BoxFile, hidden_password
from edge.drawing.grab import Grabbed, grab
from edge.redact.image import seal
from edge.redact.regions import Regions
from placewatch.errors import ConfigError, StreamError, UsageError
from tests.edge.clips import intruder, walk, write_clip
from tests.parts import program

BOX = """\
# our box
site: city
box: box-1
places:
  - {id: gate, class: school}  # the east gate
cameras:
  - id: gate-1
    url: gate.mp4
    place: gate
    zones:
      - id: yard  # behind the fence
        polygon: [[0.1, 0.5], [0.9, 0.5], [1.0, 1.0], [0.0, 1.0]]
        for: [perimeter_intrusion]
"""


@pytest.fixture
def box(tmp_path: Path) -> Path:
    write_clip(tmp_path / "gate.mp4", walk(2.0, lambda t: intruder(t + 3)))
    path = tmp_path / "box.yaml"
    path.write_text(BOX, "utf-8")
    return path


def test_redrawing_keeps_comments_and_what_else_was_said(box: Path) -> None:
    file = BoxFile(box)
    square = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]
    file.draw("gate-1", [("yard", square), ("new", square)], [("rim", [(0.1, 0.1), (0.9, 0.1)])])
    file.save()
    text = box.read_text("utf-8")
    for comment in ("# our box", "# the east gate", "# behind the fence"):
        assert comment in text
    camera = load_box(box).cameras[0]
    assert {zone.id: zone.polygon for zone in camera.zones} == {"yard": tuple(square), "new": tuple(square)}
    assert camera.zones[0].watch_for == ("perimeter_intrusion",)
    assert camera.lines[0].points == ((0.1, 0.1), (0.9, 0.1))


def test_what_was_not_touched_is_not_rewritten(box: Path) -> None:
    file = BoxFile(box)
    file.draw("gate-1", [("yard", [(0.1, 0.5), (0.9, 0.5), (1.0, 1.0), (0.0, 1.0)])], [])
    assert file.text().replace("  - ", "- ").split() == BOX.replace("  - ", "- ").split()


def test_what_does_not_pass_the_check_changes_nothing(box: Path) -> None:
    file = BoxFile(box)
    file.draw("gate-1", [("yard", [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)])], [])
    with pytest.raises(ConfigError, match="not a simple polygon") as told:
        file.save()
    assert str(box) in str(told.value)
    assert ".draft" not in str(told.value)
    assert box.read_text("utf-8") == BOX
    assert not list(box.parent.glob(".*.draft"))


def test_a_broken_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "box.yaml"
    path.write_text("site: [\nbox: x\n", "utf-8")
    with pytest.raises(ConfigError, match=r"box\.yaml:\d"):
        BoxFile(path)


@pytest.mark.parametrize(
    ("camera", "place", "place_class", "words"),
    [
        ("gate-1", "gate", None, "is in it already"),
        ("gate-2", "yard", None, "say what it is"),
        ("gate-2", "gate", "road", "is of class school"),
    ],
)
def test_a_camera_that_does_not_fit_is_told(
    box: Path, camera: str, place: str, place_class: str | None, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        BoxFile(box).add_camera(camera, "rtsp://192.0.2.1/x", place, place_class)


def test_a_new_box_is_short_and_passes_the_check(tmp_path: Path) -> None:
    file = BoxFile(tmp_path / "box.yaml")
    file.begin("city", "box-1", {"host": "127.0.0.1", "port": 1883})
    file.add_camera("gate-1", "rtsp://192.0.2.1/x", "gate", "school")
    box = file.save()
    assert len((tmp_path / "box.yaml").read_text("utf-8").splitlines()) < 15
    assert {str(rule.kind) for rule in box.cameras[0].rules} >= {"fire_lane_blocked", "perimeter_intrusion"}


@pytest.mark.parametrize(
    ("url", "written", "variable"),
    [
        ("rtsp://u:s3cret@h:554/x", "rtsp://u:${GATE_1_PASSWORD}@h:554/x", "GATE_1_PASSWORD"),
        ("rtsp://u:${PW}@h/x", "rtsp://u:${PW}@h/x", None),
        ("rtsp://h/x", "rtsp://h/x", None),
        ("gate.mp4", "gate.mp4", None),
    ],
)
def test_a_password_does_not_go_into_the_file(url: str, written: str, variable: str | None) -> None:
    assert hidden_password(url, "gate-1") == (written, variable)


def test_a_camera_is_grabbed_or_says_why_not(box: Path) -> None:
    taken = grab(str(box.parent / "gate.mp4"))
    assert taken.image.shape == (192, 320, 3)
    assert taken.told.startswith("h264 320x192")
    with pytest.raises(StreamError, match="no such file"):
        grab(str(box.parent / "nowhere.mp4"))


class Site:
    """Asks the application without a socket."""

    def __init__(self, drawing: Drawing) -> None:
        self._app = make_page(drawing)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **options)

        return asyncio.run(once())


def site_of(box: Path) -> tuple[Site, Drawing]:
    image = np.full((90, 160, 3), 80, np.uint8)
    drawing = Drawing(
        box, lambda _camera: Grabbed(image, "h264", 25.0), lambda taken: seal(taken.image, Regions.empty())
    )
    return Site(drawing), drawing


SQUARE = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8]]


def test_only_the_page_itself_may_change_something(box: Path) -> None:
    site, drawing = site_of(box)
    shapes = {"zones": [{"id": "yard", "points": SQUARE}], "lines": []}
    assert site.ask("PUT", "/api/cameras/gate-1/shapes", json=shapes).status_code == 403
    assert box.read_text("utf-8") == BOX
    headers = {"X-Token": drawing.token}
    assert site.ask("PUT", "/api/cameras/gate-1/shapes", json=shapes, headers=headers).status_code == 200
    assert site.ask("PUT", "/api/cameras/none/shapes", json=shapes, headers=headers).status_code == 422
    assert load_box(box).cameras[0].zones[0].polygon == tuple(map(tuple, SQUARE))
    crossed = {"zones": [{"id": "yard", "points": [[0, 0], [1, 1], [1, 0], [0, 1]]}], "lines": []}
    answer = site.ask("PUT", "/api/cameras/gate-1/shapes", json=crossed, headers=headers)
    assert answer.status_code == 422
    assert "not a simple polygon" in answer.json()["problems"][0]


def test_another_host_name_gets_nothing(box: Path) -> None:
    site, _drawing = site_of(box)
    assert site.ask("GET", "/api/box", headers={"Host": "evil.example"}).status_code == 403
    answer = site.ask("GET", "/")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "rtsp" not in site.ask("GET", "/api/box").text


@contextmanager
def zones_command(box: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "placewatch", "edge", "zones", "--config", str(box), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=box.parent) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        made = browser.new_page(locale="en-US", viewport={"width": 1280, "height": 720})
        yield made
        browser.close()


def test_a_zone_is_drawn_renamed_and_saved_in_a_browser(box: Path, page: Page) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    with zones_command(box) as url:
        page.goto(url)
        page.locator("#still[src^='blob:']").wait_for(timeout=60_000)
        assert (
            page.locator("#still").evaluate("picture => picture.decode().then(() => picture.naturalWidth)")
            > 0
        )
        assert httpx.get(f"{url}api/cameras/gate-1/still").headers["content-type"] == "image/jpeg"
        page.get_by_role("button", name="Draw a zone").click()
        area = page.locator("#stage").bounding_box()
        assert area is not None
        for x, y in ((0.3, 0.3), (0.7, 0.3), (0.7, 0.6)):
            page.mouse.click(area["x"] + x * area["width"], area["y"] + y * area["height"])
        page.keyboard.press("Enter")
        page.keyboard.type("gate-line")
        page.keyboard.press("Tab")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved; it passes the check.").wait_for()
        zones = {zone.id: zone.polygon for zone in load_box(box).cameras[0].zones}
        assert list(zones) == ["yard", "gate-line"]
        assert zones["gate-line"] == pytest.approx(np.array([[0.3, 0.3], [0.7, 0.3], [0.7, 0.6]]), abs=0.005)
        page.get_by_role("button", name="中文").click()
        page.get_by_role("button", name="画区域").wait_for()
        dot = page.get_by_label("gate-line 点 1")
        dot.focus()
        page.keyboard.press("Shift+ArrowRight")
        page.get_by_role("button", name="删除 yard").click()
        page.get_by_role("button", name="保存").click()
        page.get_by_text("已保存").wait_for()
    [zone] = load_box(box).cameras[0].zones
    assert zone.polygon[0][0] == pytest.approx(0.32, abs=0.005)
    assert not faults
