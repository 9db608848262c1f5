"""A recording of a day at the desk: ``python -m scripts.record_demo`` writes ``docs/demo.webm``.

Runs the chain on the default footage and films the real pages in headless Chromium, with a line below that
says what is to be seen. Pictures in it have been through redaction, as everything that leaves a box. Needs
ffmpeg.
"""

import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from scripts.studio import DOCS, PHONE, Studio, furnish, send_responder, studio

TARGET = DOCS / "demo.webm"
MOST_BYTES = 4_000_000
SIZE = (1280, 720)
FPS = 5
STILL_S = 0.2
VIEW = {"width": SIZE[0], "height": SIZE[1] - 44}


@dataclass(slots=True)
class Film:
    """Frames, each as often as it was to be seen.

    Attributes:
        encoder: Takes raw frames.
        caption: Below the picture.
        seconds: Length so far.
    """

    encoder: subprocess.Popen[bytes]
    caption: str = ""
    seconds: float = 0.0
    _rest: float = field(default=0.0, repr=False)

    def shoot(self, page: Page, seconds: float, caption: str | None = None) -> None:
        """Film for some seconds; pages are photographed one by one, so that a slow machine gives fewer."""
        self.caption = caption or self.caption
        end = time.monotonic() + seconds
        while (begin := time.monotonic()) < end:
            shot = page.screenshot(type="jpeg", quality=90)
            picture = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
            if picture is None:
                sys.exit("a page could not be photographed")
            page.wait_for_timeout(max(0.0, STILL_S - (time.monotonic() - begin)) * 1000)
            self._put(self._frame(picture.astype(np.uint8)), time.monotonic() - begin)

    def _put(self, frame: bytes, seconds: float) -> None:
        self.seconds += seconds
        self._rest += seconds * FPS
        while self._rest >= 1.0:
            self._rest -= 1.0
            if self.encoder.stdin is not None:
                self.encoder.stdin.write(frame)

    def _frame(self, picture: NDArray[np.uint8]) -> bytes:
        canvas = np.full((SIZE[1], SIZE[0], 3), (54, 29, 15), np.uint8)
        height, width = picture.shape[:2]
        scale = min(VIEW["width"] / width, VIEW["height"] / height)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        left = (SIZE[0] - small.shape[1]) // 2
        canvas[: small.shape[0], left : left + small.shape[1]] = small
        at = (20, SIZE[1] - 15)
        cv2.putText(canvas, self.caption, at, cv2.FONT_HERSHEY_SIMPLEX, 0.65, (255, 255, 255), 1, cv2.LINE_AA)
        return canvas.tobytes()


def encoder(target: Path) -> "subprocess.Popen[bytes]":
    """ffmpeg, that takes frames and writes WebM.

    Raises:
        SystemExit: It is not installed.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        sys.exit("ffmpeg is not installed")
    taken = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", str(FPS), "-i", "-"]
    coding = ["-c:v", "libvpx-vp9", "-crf", "40", "-b:v", "0", "-g", "50", "-cpu-used", "6", "-row-mt", "1"]
    command = [program, "-loglevel", "error", "-y", *taken, *coding, "-pix_fmt", "yuv420p", str(target)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def film(made: Studio, target: Path) -> float:
    """Film the day; its length in seconds."""
    roll = Film(encoder(target))
    _operator(made, roll)
    number = _dispatch(made, roll)
    _responder(made, roll)
    _verify(made, roll, number)
    _look_around(made, roll)
    _offices(made, roll)
    if roll.encoder.stdin is not None:
        roll.encoder.stdin.close()
    if roll.encoder.wait(300):
        sys.exit("ffmpeg failed; its reason is above")
    return roll.seconds


def _operator(made: Studio, roll: Film) -> None:
    with made.seat("operator", "en", VIEW) as page:
        page.wait_for_selector(".event")
        roll.shoot(
            page,
            9,
            "Operator: what cameras see comes as graded events, red first; a colour has a shape and a word",
        )
        page.keyboard.press("j")
        page.wait_for_selector(".evidence img")
        roll.shoot(
            page,
            6,
            "J and K walk through the queue; faces, heads and plates were covered on the box",
        )
        page.locator(".beside").evaluate("box => box.scrollTo({top: 420, behavior: 'smooth'})")
        roll.shoot(page, 5, "Why this colour, who answers, which limits run, when it may be closed")
        page.locator(".beside").evaluate("box => box.scrollTo({top: 1000, behavior: 'smooth'})")
        roll.shoot(page, 5, "Where it is, the nearest units, and everything that was done, chained by hashes")
        page.keyboard.press("a")
        roll.shoot(page, 3, "A acknowledges")


def _dispatch(made: Studio, roll: Film) -> str:
    with made.seat("dispatcher", "en", VIEW) as page:
        page.locator(".event").filter(has_text=re.compile("filed")).first.click()
        page.locator("[data-verb=dispatch]").wait_for()
        roll.shoot(page, 3, "Dispatcher: D sends the nearest suitable unit")
        page.keyboard.press("d")
        page.wait_for_selector(".act")
        roll.shoot(page, 4)
        send_responder(page)
        roll.shoot(page, 3)
        return page.url.rsplit("/", 1)[-1]


def _responder(made: Studio, roll: Film) -> None:
    with made.seat("responder", "en", PHONE) as page:
        page.goto(f"{made.url}#/tasks")
        task = page.locator(".task").filter(has=page.locator("[data-verb=accept]")).first
        task.wait_for()
        roll.shoot(
            page, 5, "Responder: the task is on the phone; it can be accepted or refused with a reason"
        )
        task.locator("[data-verb=accept]").click()
        task = page.locator(".task").filter(has=page.locator("[data-verb=arrive]")).first
        task.wait_for()
        roll.shoot(page, 3)
        task.locator("[data-verb=arrive]").click()
        task = page.locator(".task").filter(has=page.locator("[data-verb=feedback]")).first
        task.wait_for()
        roll.shoot(
            page, 3, "Arrived, reported back; without a network all this waits on the phone and is sent once"
        )
        task.locator("[data-verb=feedback]").click()
        page.locator("[data-test=say-note]").fill("The vehicle has left, the lane is clear")
        roll.shoot(page, 4)
        page.locator("[data-test=send]").click()
        roll.shoot(page, 4)


def _verify(made: Studio, roll: Film, number: str) -> None:
    with made.seat("operator", "en", VIEW) as page:
        page.goto(f"{made.url}#/events/{number}")
        page.wait_for_selector("[data-verb]")
        roll.shoot(
            page, 3, "Somebody else than the handler, or the camera itself, verifies; then it is closed"
        )
        for verb in ("verify", "close"):
            button = page.locator(f"[data-verb={verb}]")
            if button.count():
                button.click()
                page.locator(".act button[type=submit]").click()
                roll.shoot(page, 4)


def _look_around(made: Studio, roll: Film) -> None:
    with made.seat("operator", "en", VIEW) as page:
        page.goto(f"{made.url}#/map")
        page.wait_for_selector("[data-ready]")
        roll.shoot(
            page, 6, "The map: grids, places, cameras by health, units, open events; it needs no tile server"
        )
        page.locator("[data-test=layer-heat]").check()
        roll.shoot(page, 5, "Where events of a kind began, for one hour of the day or all")
        page.goto(f"{made.url}#/wall")
        page.wait_for_selector("[data-view]")
        for camera in page.locator("[data-view]").all():
            camera.check()
        page.click("[data-test=choose]")
        page.wait_for_selector("[data-test=look]", timeout=60_000)
        roll.shoot(
            page, 12, "The wall: redacted stills on demand, at most one a second; who looked is written down"
        )


def _offices(made: Studio, roll: Film) -> None:
    with made.seat("supervisor", "en", VIEW) as page:
        page.goto(f"{made.url}#/figures")
        page.wait_for_selector("table td")
        roll.shoot(page, 8, "Supervisor: figures with their denominators; sums add up; the load of each desk")
        page.goto(f"{made.url}#/papers")
        page.wait_for_selector("[data-test=letters] td")
        page.locator("[data-test=new-letter]").click()
        page.locator("[data-test=place]").click()
        page.locator(".el-select-dropdown__item:visible").filter(has_text="Lake promenade").click()
        page.locator("[data-test=addressee]").fill("Lakeside park office")
        roll.shoot(page, 4, "An advisory letter is drafted from a template, about an event or a place")
        page.locator("[data-test=make-letter]").click()
        page.wait_for_selector("[data-test=letter]")
        roll.shoot(
            page, 5, "What happened there is filled in; it is read, changed, and sent with a day to answer by"
        )
        page.locator("[data-test=send-letter]").click()
        page.wait_for_selector("[data-test=answer-letter]")
        roll.shoot(
            page,
            3,
            "It is tracked until the answer is written down; the situation report is on this page, too",
        )
    with made.seat("admin", "en", VIEW) as page:
        page.goto(f"{made.url}#/devices")
        page.wait_for_selector("[data-test=devices] td")
        roll.shoot(page, 6, "Administrator: boxes and cameras, and what is wrong with them")
    with made.seat("auditor", "en", VIEW) as page:
        page.goto(f"{made.url}#/audit")
        page.wait_for_selector("table td")
        roll.shoot(
            page, 7, "Auditor: who saw, changed and exported what; the chain of entries can be verified"
        )


def main() -> None:
    """Record it."""
    with studio() as made:
        furnish(made)
        seconds = film(made, TARGET)
    size = TARGET.stat().st_size
    sys.stdout.write(f"{TARGET} {seconds:.0f} s, {size} bytes\n")
    if size > MOST_BYTES:
        sys.exit(f"{TARGET} is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main()
