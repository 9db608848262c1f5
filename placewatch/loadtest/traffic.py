"""What a city's boxes say: episodes that open, are updated and close, some cameras far busier than others.

Pure: the same seed gives the same traffic.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from messages import Alert, AlertData, Evidence, Kind, Phase, alert_type
from messages.topics import BoxTopics
from placewatch.loadtest.city import CAMERAS_PER_BOX, place_class, place_id

SITES = 64
"""Boxes are spread over so many sites."""

KINDS = (Kind.NO_STOPPING, Kind.FIRE_LANE_BLOCKED, Kind.PERIMETER_INTRUSION)
"""What each camera may raise."""

_OPEN_SHARE, _UPDATE_SHARE = 0.25, 0.5
_SKEW = 3.0
"""Cameras are drawn as a power of a uniform draw: an eighth of them has half of the episodes."""


@cache
def box_of(number: int) -> BoxTopics:
    """Topics of box ``number``."""
    return BoxTopics(f"site-{number % SITES:02d}", f"box-{number:05d}")


@dataclass(slots=True)
class _Episode:
    alert_id: str
    box: int
    camera: int
    kind: Kind
    started: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """An alert and whose it is.

    Attributes:
        box: Number of the box.
        alert: The message.
    """

    box: int
    alert: Alert


@dataclass(slots=True)
class Traffic:
    """Draws alerts without end.

    In a steady city as many episodes close as open, and each is updated twice in between; so the mix of
    messages does not depend on their rate.

    Attributes:
        cameras: How many.
        seed: Of the draws.
        session: Session of every box.
        first_box: Number of the first box.
        picture: Sent along with episodes that open, for the share ``pictures`` of them.
        pictures: 0 to 1.
    """

    cameras: int
    seed: int
    session: str = "s1"
    first_box: int = 0
    picture: Evidence | None = None
    pictures: float = 0.0
    episodes: int = 0
    _random: random.Random = field(init=False, repr=False)
    _open: list[_Episode] = field(default_factory=list, repr=False)
    _seqs: dict[int, int] = field(default_factory=dict, repr=False)
    _base: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - traffic, not a secret
        self._base = max(8, self.cameras // 20)

    @property
    def boxes(self) -> int:
        """How many boxes."""
        return -(-self.cameras // CAMERAS_PER_BOX)

    def draw(self, now: datetime) -> Spoken:
        """The next alert of the city, at ``now``."""
        choice = self._random.random()
        if choice < _OPEN_SHARE or len(self._open) < self._base:
            return self._opened(now)
        index = self._random.randrange(len(self._open))
        episode = self._open[index]
        if choice < _OPEN_SHARE + _UPDATE_SHARE:
            episode.count = max(1, episode.count + self._random.choice((-1, 0, 1)))
            return self._say(episode, Phase.UPDATED, now)
        self._open[index] = self._open[-1]
        self._open.pop()
        return self._say(episode, Phase.CLOSED, now)

    def close_all(self, now: datetime) -> Iterator[Spoken]:
        """Ends every episode that is open."""
        while self._open:
            yield self._say(self._open.pop(), Phase.CLOSED, now)

    def _opened(self, now: datetime) -> Spoken:
        camera = int(self.cameras * self._random.random() ** _SKEW)
        self.episodes += 1
        episode = _Episode(
            alert_id=f"e{self.seed}-{self.first_box}-{self.episodes}",
            box=camera // CAMERAS_PER_BOX,
            camera=camera % CAMERAS_PER_BOX,
            kind=self._random.choice(KINDS),
            started=now,
            count=1,
        )
        self._open.append(episode)
        return self._say(episode, Phase.OPENED, now)

    def _say(self, episode: _Episode, phase: Phase, now: datetime) -> Spoken:
        box = self.first_box + episode.box
        seq = self._seqs.get(box, 0) + 1
        self._seqs[box] = seq
        topics, place, camera = box_of(box), place_id(box), f"cam-{episode.camera}"
        shown = None
        if phase is Phase.OPENED and self.picture is not None and self._random.random() < self.pictures:
            shown = self.picture
        data = AlertData(
            alert_id=episode.alert_id,
            kind=episode.kind,
            place=place,
            place_class=place_class(box),
            camera=camera,
            zone=f"zone-{episode.camera}",
            count=episode.count,
            confidence=0.75,
            started=episode.started,
            ended=now if phase is Phase.CLOSED else None,
            evidence=shown,
            evidence_missing=None if shown else "made by a load test",
            rule_version="load-1",
            model="load:1",
        )
        alert = Alert(
            id=f"{topics.box}-{self.session}-{seq}",
            source=f"//{topics.site}/{topics.box}/{camera}",
            type=alert_type(phase),
            subject=place,
            time=now,
            session=self.session,
            seq=seq,
            data=data,
        )
        return Spoken(box, alert)


def rate_at(
    elapsed_s: float, rate: float, *, burst: float, every_s: float = 20.0, lasts_s: float = 2.0
) -> float:
    """Alerts a second at ``elapsed_s``: now and then ``burst`` times the mean, with the mean kept.

    Args:
        elapsed_s: Seconds since the start.
        rate: Mean over a whole period.
        burst: How many times the mean a burst has; 1 for none.
        every_s: A burst begins so often.
        lasts_s: And lasts so long.
    """
    if burst <= 1:
        return rate
    if elapsed_s % every_s >= every_s - lasts_s:
        return rate * burst
    return rate * (every_s - burst * lasts_s) / (every_s - lasts_s)
