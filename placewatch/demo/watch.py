"""What central says, for the demo's table and report: figures, boxes, and the live stream of events."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from placewatch.errors import PlacewatchError

RECONNECT_S = 0.5


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an event, as the stream tells it.

    Attributes:
        number: The change's number in the stream.
        verbs: What happened: ``reported``, ``filed``, ...; empty for a mere refresh.
        event: Row id of the event.
        title: The event's number as people say it.
        colour: blue, yellow or red.
        kind: The kind's name.
        place: The place's name.
        zone: The zone's name.
        camera: Camera of the latest alert.
        org: Who answers.
        count: Objects in the zone now.
        alerts: Alerts that joined.
        active: Whether the condition holds now.
    """

    number: int
    verbs: tuple[str, ...]
    event: int
    title: str
    colour: str
    kind: str
    place: str
    zone: str
    camera: str
    org: str
    count: int
    alerts: int
    active: bool


@dataclass(frozen=True, slots=True)
class CameraLine:
    """One camera as its box last described it.

    Attributes:
        name: Camera id.
        state: ``streaming`` and so on.
        reason: Why it does not stream.
        fps: Decoded pictures a second.
        frames_decoded: Since the worker's start.
        frames_detected: Those that the detector saw.
    """

    name: str
    state: str
    reason: str
    fps: float
    frames_decoded: int
    frames_detected: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Figures of a moment.

    Attributes:
        cameras: Of all boxes.
        spooled: Alerts that boxes wrote to their spools.
        published: Distinct alerts handed to the broker, by the boxes' latest health.
        waiting: Alerts without a receipt, by the boxes' latest health.
        stopping: Whether every box has said that it stops.
        committed: Distinct alerts that central has committed.
        duplicates: Repeats that changed nothing.
        dead_letters: Messages that central refused.
        events: Events in the books.
    """

    cameras: tuple[CameraLine, ...] = ()
    spooled: int = 0
    published: int = 0
    waiting: int = 0
    stopping: bool = False
    committed: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    events: int = 0

    @property
    def frames_decoded(self) -> int:
        """Pictures decoded by all cameras."""
        return sum(camera.frames_decoded for camera in self.cameras)

    @property
    def streaming(self) -> int:
        """Cameras that stream."""
        return sum(camera.state == "streaming" for camera in self.cameras)


def bearer(token: str) -> dict[str, str]:
    """Headers of a request with a token."""
    return {"Authorization": f"Bearer {token}"}


class CentralClient:
    """Reads central's API.

    Args:
        url: Central's address, ending in a slash.
        token: Opens its API.
    """

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(base_url=url, headers=bearer(token), timeout=5.0, trust_env=False)

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def snapshot(self) -> Snapshot:
        """The figures now.

        Raises:
            PlacewatchError: Central does not answer, or not in its own words.
        """
        try:
            boxes = self._get("api/v1/boxes")["items"]
            counts = self._get("api/v1/counts")
            return _snapshot(boxes, counts)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise PlacewatchError(f"does not answer: {error}", where="central") from error

    def _get(self, path: str) -> dict[str, Any]:
        response = self._http.get(path)
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found


def _snapshot(boxes: list[dict[str, Any]], counts: dict[str, Any]) -> Snapshot:
    healths = [box["health"] for box in boxes if box["health"]]
    spools = [health["spool"] for health in healths]
    return Snapshot(
        cameras=tuple(
            CameraLine(
                name=camera["camera"],
                state=camera["state"],
                reason=camera["reason"],
                fps=camera["fps"],
                frames_decoded=camera["frames_decoded"],
                frames_detected=camera["frames_detected"],
            )
            for box in boxes
            for camera in box["cameras"]
        ),
        spooled=sum(spool["spooled"] for spool in spools),
        published=sum(spool["published"] for spool in spools),
        waiting=sum(spool["waiting"] for spool in spools),
        stopping=bool(healths) and all(health["stopping"] for health in healths),
        committed=counts["alerts_committed"],
        duplicates=counts["duplicates"],
        dead_letters=counts["dead_letters"],
        events=counts["events"]["total"],
    )


class Follower:
    """Follows central's stream in a thread; changes are picked up with `take`.

    Args:
        url: Central's address, ending in a slash.
        token: Opens its API.
        language: ``en`` or ``zh``: in which names are told.
    """

    def __init__(self, url: str, token: str, *, language: str = "en") -> None:
        self._token = token
        self._url = f"{url}api/v1/stream"
        self._language = language
        self._changes: queue.SimpleQueue[Change] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._last = 0
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what came meanwhile can still be taken."""
        self._stop.set()
        self._thread.join(timeout=6.0)

    def take(self) -> list[Change]:
        """Changes since the last call, oldest first."""
        found: list[Change] = []
        while not self._changes.empty():
            found.append(self._changes.get())
        return found

    def _run(self) -> None:
        timeout = httpx.Timeout(5.0, read=8.0)  # the server says something every 5 s
        with httpx.Client(headers=bearer(self._token), timeout=timeout, trust_env=False) as client:
            while not self._stop.is_set():
                try:
                    self._follow(client)
                except (httpx.HTTPError, ValueError, KeyError):
                    self._stop.wait(RECONNECT_S)

    def _follow(self, client: httpx.Client) -> None:
        with client.stream("GET", self._url, params={"after": self._last}) as response:
            response.raise_for_status()
            for name, number, data in frames(response.iter_lines()):
                if self._stop.is_set():
                    return
                if number:
                    self._last = int(number)
                if name == "event":
                    self._changes.put(_change(int(number), json.loads(data), self._language))


def frames(lines: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    """Server-sent events as (event, id, data); see the HTML standard, section 9.2."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            if "data" in fields:
                yield fields.get("event", "message"), fields.get("id", ""), fields["data"]
            fields = {}
            continue
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "data" and "data" in fields:
            value = f"{fields['data']}\n{value}"
        if key:
            fields[key] = value


def _change(number: int, payload: dict[str, Any], language: str) -> Change:
    event = payload["event"]
    return Change(
        number=number,
        verbs=tuple(payload["verbs"]),
        event=event["id"],
        title=event["number"],
        colour=event["colour"]["id"],
        kind=event["kind"]["name"][language],
        place=event["place"]["name"][language],
        zone=event["zone"]["name"][language],
        camera=event["camera"],
        org=(event["grid"] or event["org"])["name"][language],
        count=event["count"],
        alerts=event["alerts"],
        active=event["open_episodes"] > 0,
    )


def wait_ready(url: str, token: str, timeout_s: float) -> bool:
    """Wait until central's API answers."""
    client = CentralClient(url, token)
    deadline = time.monotonic() + timeout_s
    try:
        while time.monotonic() < deadline:
            try:
                client.snapshot()
            except PlacewatchError:
                time.sleep(0.1)
            else:
                return True
        return False
    finally:
        client.close()
