"""From a committed alert to the operator's screen: ``python -m tests.console.measure_desks``.

A real centre (``placewatch central serve``) on PostgreSQL (with fsync) and Mosquitto, 49 desks that follow
the stream over HTTP and one real browser with the queue open. Alerts come one by one; of each it is noted
when it was published, when the centre's receipt came back (so it was committed by then), and when its line
stood in the browser: the second animation frame after the page changed. All on one machine with one clock.
Receipt to screen is a little less than commit to screen, publication to screen more, and both are told.
"""

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import paho.mqtt.client as mqtt
import yaml
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, sync_playwright

from messages import Kind, Phase, PlaceClass, Receipt, decode, encode
from placewatch.clock import SystemClock, utc
from placewatch.demo.chain import Ports
from placewatch.demo.part import Part, PartSpec, placewatch
from placewatch.demo.people import admit
from placewatch.demo.plan import write_files
from placewatch.demo.ports import wait_open
from tests.central.speech import BOX, Box
from tests.parts import program
from tests.servers import mosquitto, postgres

ZONES = 24
"""Incidents; each is told of again and again, so that every line stays in sight."""

# What line stands there with how many alerts, and since when: two frames after the change, so after paint.
WATCH = """() => {
  window.seen = {};
  const look = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    for (const line of document.querySelectorAll('.event')) {
      const times = line.querySelector('.times')?.textContent.replace(/[^0-9]/g, '') || '1';
      const key = line.querySelector('.where').textContent.split(' · ')[1].trim() + '#' + times;
      window.seen[key] ??= Date.now();
    }
  }));
  new MutationObserver(look).observe(document.querySelector('.lines'),
    {subtree: true, childList: true, characterData: true, attributes: true});
}"""


@dataclass(slots=True)
class Times:
    """When what happened, seconds since 1970, by `zone#count`."""

    published: dict[str, float] = field(default_factory=dict)
    receipted: dict[str, float] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


class Speaker:
    """A box that sends alerts and notes their receipts."""

    def __init__(self, port: int, times: Times) -> None:
        self.times = times
        self.box = Box()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="desks")
        self.client.on_message = self._heard
        self.client.connect("127.0.0.1", port)
        self.client.subscribe(BOX.receipt, 1)
        self.client.loop_start()

    def _heard(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        now = time.time()
        for id_ in decode(bytes(message.payload), Receipt).ids:
            self.times.receipted.setdefault(self.times.keys.get(id_, ""), now)

    def say(self, zone: str, count: int) -> None:
        """One alert about a zone, its ``count``-th."""
        phase = Phase.OPENED if count == 1 else Phase.UPDATED
        place = {"place": "lake-promenade", "place_class": PlaceClass.PARK}
        alert = self.box.alert(phase, alert_id=zone, zone=zone, kind=Kind.NO_STOPPING, **place)  # type: ignore[arg-type]
        now = utc(SystemClock().now())
        data = msgspec.structs.replace(alert.data, started=now, count=count)
        alert = msgspec.structs.replace(alert, time=now, data=data)
        key = f"{zone}#{count}"
        self.times.keys[alert.id] = key
        self.times.published[key] = time.time()
        self.client.publish(BOX.alert(alert.data.place, alert.data.kind), encode(alert), 1)


def follow(url: str, token: str, heard: list[int], number: int) -> None:
    """One of the other desks: reads the stream until it ends."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    connection.request("GET", "/api/v1/stream", headers={"Authorization": f"Bearer {token}"})
    with connection.getresponse() as answer:
        for line in answer:
            heard[number] += line.startswith(b"event: event")


def figures(begin: Mapping[str, float], end: Mapping[str, float]) -> dict[str, float]:
    """Milliseconds between two moments of each alert that has both."""
    spans = sorted((end[key] - begin[key]) * 1000 for key in begin if key in end)
    return {
        "count": len(spans),
        "p50_ms": statistics.median(spans),
        "p95_ms": spans[int(len(spans) * 0.95)],
        "max_ms": spans[-1],
    }


def run(folder: Path, alerts: int, every_s: float, desks: int) -> dict[str, object]:
    """Measure once."""
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto())
        database = stack.enter_context(postgres(durable=True))
        ports = Ports.free()
        files = write_files(folder, folder, Ports(ports.rtsp, broker.port, ports.http), {})
        said = yaml.safe_load(files.central.read_text(encoding="utf-8")) | {"database": database.database()}
        files.central.write_text(yaml.safe_dump(said), encoding="utf-8")
        people = admit(files.central)
        files.logs.mkdir(parents=True, exist_ok=True)
        serve = placewatch("central", "serve", "--config", str(files.central))
        central = Part(PartSpec("central", serve, ports.http), files.logs)
        central.start()
        stack.callback(central.stop)
        wait_open(ports.http, 60.0, lambda: central.alive)
        heard = [0] * (desks - 1)
        for number in range(desks - 1):
            arguments = (ports.url, people.token, heard, number)
            threading.Thread(target=follow, args=arguments, daemon=True).start()
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": 1440, "height": 2600}, locale="en")
        page.add_init_script("localStorage.setItem('placewatch.flood', 'off')")
        page.goto(ports.url)
        page.fill("input[name=username]", "operator")
        page.fill("input[name=password]", people.password)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("[data-test=link].live")
        page.evaluate(WATCH)
        times = Times()
        speaker = Speaker(broker.port, times)
        seen = talk(speaker, page, alerts, every_s)
        speaker.client.loop_stop()
    return {
        "alerts": alerts,
        "seen": len(seen),
        "desks": desks,
        "changes_heard_by_the_others": {"least": min(heard, default=0), "most": max(heard, default=0)},
        "receipt_to_screen": figures(times.receipted, seen),
        "published_to_screen": figures(times.published, seen),
    }


def talk(speaker: Speaker, page: Page, alerts: int, every_s: float) -> dict[str, float]:
    """Send the alerts; when each stood on the page."""
    for number in range(alerts):
        speaker.say(f"z{number % ZONES}", number // ZONES + 1)
        page.wait_for_timeout(every_s * 1000)
    page.wait_for_timeout(3000)
    seen: dict[str, int] = page.evaluate("window.seen")
    return {key: at / 1000 for key, at in seen.items()}


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(epilog="Example: python -m tests.console.measure_desks --alerts 240")
    parser.add_argument("--alerts", type=int, default=240, help="how many alerts are sent")
    parser.add_argument("--every", type=float, default=0.4, help="seconds between two of them")
    parser.add_argument(
        "--desks", type=int, default=50, help="how many follow the stream, the browser included"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pw-desks-") as folder:
        json.dump(run(Path(folder), asked.alerts, asked.every, asked.desks), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
