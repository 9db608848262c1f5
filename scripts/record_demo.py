"""A recording of a day at the desk: ``python -m scripts.record_demo`` writes ``docs/demo.webm``.

Runs the chain on the default footage and films the real pages in headless Chromium, with a line below that
says what is to be seen. Pictures in it have been through redaction, as everything that leaves a box. Needs
ffmpeg and poppler's pdftoppm.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from scripts.studio import DOCS, PHONE, Studio, ask, furnish, send_responder, studio

TARGET = DOCS / "demo.webm"
MOST_BYTES = 6_000_000
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

    def show(self, picture: NDArray[np.uint8], seconds: float, caption: str | None = None) -> None:
        """Film a picture that is no page of the console."""
        self.caption = caption or self.caption
        self._put(self._frame(picture), seconds)

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
    with tempfile.TemporaryDirectory(prefix="placewatch-photo-") as folder:
        _responder(made, roll, _photo(made, number, Path(folder)))
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
        before = page.locator(".event").count()
        roll.shoot(
            page, 7, "Operator: what cameras see comes as graded events; a colour has a shape and a word"
        )
        _reported(made)
        page.locator(".event").nth(before).wait_for()
        roll.shoot(page, 4, "A report from the street arrives beside what the cameras see")
        page.keyboard.press("j")
        page.wait_for_selector(".evidence img")
        roll.shoot(
            page,
            5,
            "J and K walk the queue; faces, heads and plates were covered before a picture left the box",
        )
        page.locator(".beside").evaluate("box => box.scrollTo({top: 420, behavior: 'smooth'})")
        roll.shoot(page, 5, "Why this colour, who answers, which limits run, when it may be closed")
        page.locator(".beside").evaluate("box => box.scrollTo({top: 1000, behavior: 'smooth'})")
        roll.shoot(page, 5, "Where it is, the nearest units, and everything that was done, chained by hashes")
        page.keyboard.press("a")
        roll.shoot(page, 3, "A acknowledges")


def _reported(made: Studio) -> None:
    """Somebody on the street reports something."""
    with made.seat("responder", "en", PHONE) as page:
        body = {"item": 16, "place": "ring-road", "source": "grid_worker", "summary": "Bags beside the bins"}
        ask(page, "POST", "/reports", body)


def _photo(made: Studio, number: str, folder: Path) -> Path:
    """What stands for a phone's photo of the place: the event's first picture, which its box has covered."""
    file = folder / "photo.jpg"
    with made.seat("operator", "en", VIEW) as page:
        pictures = ask(page, "GET", f"/events/{number}")["pictures"]
        answer = page.request.get(f"{made.url.rstrip('/')}{pictures[-1]['url']}")
        if not answer.ok:
            sys.exit(f"no picture of event {number}: {answer.text()}")
        file.write_bytes(answer.body())
    return file


def _dispatch(made: Studio, roll: Film) -> str:
    with made.seat("dispatcher", "en", VIEW) as page:
        page.locator(".event").filter(has_text=re.compile("filed")).first.click()
        page.locator("[data-verb=dispatch]").wait_for()
        roll.shoot(page, 3, "Dispatcher: D sends the nearest suitable unit")
        page.keyboard.press("d")
        page.wait_for_selector(".act")
        roll.shoot(page, 3)
        send_responder(page)
        roll.shoot(page, 3, "Sent: the unit has a task, and the limit to accept it runs")
        return page.url.rsplit("/", 1)[-1]


def _responder(made: Studio, roll: Film, picture: Path) -> None:
    with made.seat("responder", "en", PHONE) as page:
        page.goto(f"{made.url}#/tasks")
        task = page.locator(".task").filter(has=page.locator("[data-verb=accept]")).first
        task.wait_for()
        roll.shoot(
            page, 4, "Responder: the task is on the phone; it can be accepted or refused with a reason"
        )
        task.locator("[data-verb=accept]").click()
        task = page.locator(".task").filter(has=page.locator("[data-verb=arrive]")).first
        task.wait_for()
        task.locator("[data-verb=support]").click()
        page.locator("[data-unit]").first.wait_for()
        roll.shoot(page, 3, "Help can be asked for, the nearest units first")
        page.locator(".phone-form .buttons .quiet").click()
        task.locator("[data-verb=arrive]").click()
        task = page.locator(".task").filter(has=page.locator("[data-verb=feedback]")).first
        task.wait_for()
        roll.shoot(page, 2, "Arrived; without a network all this waits on the phone and is sent once")
        task.locator("[data-verb=feedback]").click()
        page.locator("[data-test=say-note]").fill("Nobody there any more, the place is checked")
        page.locator("[data-test=photo]").set_input_files(picture)
        page.locator(".photos figure img").wait_for()
        page.locator("[data-test=send]").scroll_into_view_if_needed()
        roll.shoot(
            page, 4, "Feedback with a photo: the server covers faces, heads and plates before it keeps it"
        )
        page.locator("[data-test=send]").click()
        page.locator(".phone-form").wait_for(state="detached")
        roll.shoot(page, 3, "Reported back: somebody else has to check it")


def _verify(made: Studio, roll: Film, number: str) -> None:
    with made.seat("operator", "en", VIEW) as page:
        page.goto(f"{made.url}#/events/{number}")
        page.wait_for_selector("[data-verb=verify]")
        page.wait_for_selector(".evidence img")
        roll.shoot(page, 5, "Before and after, side by side: somebody else than the handler verifies")
        for verb, caption in (("verify", "V verifies"), ("close", "and the event is closed")):
            page.locator(f"[data-verb={verb}]").click()
            page.locator(".act button[type=submit]").click()
            page.locator(".act").wait_for(state="detached")
            roll.shoot(page, 3, caption)


def _look_around(made: Studio, roll: Film) -> None:
    with made.seat("operator", "en", VIEW) as page:
        page.goto(f"{made.url}#/map")
        page.wait_for_selector("[data-ready]")
        roll.shoot(
            page, 6, "The map: areas, places by class, camera health, units, open events; no tile server"
        )
        page.locator("[data-test=layer-heat]").check()
        roll.shoot(page, 4, "Where events of a kind began, for one hour of the day or all")
        page.goto(f"{made.url}#/wall")
        page.wait_for_selector("[data-view]")
        for camera in page.locator("[data-view]").all():
            camera.check()
        page.click("[data-test=choose]")
        page.wait_for_selector("[data-test=look]")
        roll.shoot(
            page, 8, "The wall: redacted stills on demand, at most one a second; who looked is written down"
        )


def _offices(made: Studio, roll: Film) -> None:
    with made.seat("supervisor", "en", VIEW) as page:
        page.goto(f"{made.url}#/figures")
        page.wait_for_selector("table td")
        roll.shoot(page, 5, "Supervisor: rates with what they are a part of, a way down to each event")
        page.locator("[data-test=figures]").scroll_into_view_if_needed()
        roll.shoot(page, 4, "Tables add up; reopened, returned, transferred stand beside the closing rate")
        page.locator("[data-test=loads]").scroll_into_view_if_needed()
        roll.shoot(page, 4, "The alarm load of every desk (ISA-18.2), and the ten places that alarm most")
        _papers(made, roll, page)
    with made.seat("admin", "en", VIEW) as page:
        page.goto(f"{made.url}#/devices")
        page.wait_for_selector("[data-test=devices] td")
        roll.shoot(page, 4, "Administrator: boxes and cameras, and what is wrong with them")
    with made.seat("auditor", "en", VIEW) as page:
        page.goto(f"{made.url}#/audit")
        page.wait_for_selector("table td")
        page.locator("[data-test=check]").click()
        page.wait_for_selector("[data-test=checked]")
        roll.shoot(page, 5, "Auditor: who saw, changed and exported what; the chain of entries is verified")


def _papers(made: Studio, roll: Film, page: Page) -> None:
    page.goto(f"{made.url}#/papers")
    page.wait_for_selector("[data-test=letters] td")
    roll.shoot(page, 3, "The month's situation report, as DOCX or PDF")
    with page.expect_download() as told:
        page.locator("[data-test=report-pdf]").click()
    roll.show(_first_page(Path(told.value.path())), 5)
    page.locator("[data-test=new-letter]").click()
    page.locator("[data-test=field-place]").click()
    page.locator(".el-select-dropdown__item:visible").filter(has_text="Lake promenade").click()
    page.locator("[data-test=field-addressee]").fill("Lakeside park office")
    roll.shoot(page, 3, "An advisory letter is drafted from a template, about an event or a place")
    page.locator("[data-test=make-letter]").click()
    page.wait_for_selector("[data-test=letter]")
    roll.shoot(
        page, 5, "What happened there is filled in; it is read, changed and sent, with a day to answer by"
    )
    page.locator("[data-test=send-letter]").click()
    page.wait_for_selector("[data-test=answer-letter]")
    roll.shoot(page, 3, "It is tracked until the answer is written down")


def _first_page(pdf: Path) -> NDArray[np.uint8]:
    """H x W x 3 BGR, drawn by poppler's pdftoppm.

    Raises:
        SystemExit: It is not installed.
    """
    program = shutil.which("pdftoppm")
    if program is None:
        sys.exit("pdftoppm (poppler-utils) is not installed")
    drawn = subprocess.run(
        [program, "-r", "80", "-f", "1", "-l", "1", "-png", str(pdf)], check=True, capture_output=True
    )
    picture = cv2.imdecode(np.frombuffer(drawn.stdout, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        sys.exit("the report could not be drawn")
    return picture.astype(np.uint8)


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
