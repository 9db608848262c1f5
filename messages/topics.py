"""MQTT topics of the contract, version 1."""

import re
from dataclasses import dataclass

from messages.kinds import Kind

ROOT = "pw/v1"
_LEVEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class BoxTopics:
    """The topics of one box.

    Attributes:
        site: Site id.
        box: Box id.
    """

    site: str
    box: str

    @property
    def base(self) -> str:
        """Prefix of all of the box's topics."""
        return f"{ROOT}/{self.site}/{self.box}"

    @property
    def state(self) -> str:
        """Retained state and last will."""
        return f"{self.base}/state"

    @property
    def health(self) -> str:
        """Health, QoS 0."""
        return f"{self.base}/health"

    @property
    def receipt(self) -> str:
        """Central to box, QoS 1."""
        return f"{self.base}/receipt"

    def alert(self, place: str, kind: Kind) -> str:
        """Alerts of one place and kind, QoS 1, not retained."""
        return f"{self.base}/alert/{place}/{kind}"


ALL_ALERTS = f"{ROOT}/+/+/alert/+/+"
ALL_HEALTH = f"{ROOT}/+/+/health"
ALL_STATES = f"{ROOT}/+/+/state"


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed topic.

    Attributes:
        box: Whose topic it is.
        channel: ``alert``, ``health``, ``state`` or ``receipt``.
        place: Only for alerts.
        kind: Only for alerts, as written (it may be unknown).
    """

    box: BoxTopics
    channel: str
    place: str = ""
    kind: str = ""


def parse(topic: str) -> Address | None:
    """The topic's parts, or None when it is not of this contract."""
    levels = topic.split("/")
    if levels[:2] != ROOT.split("/") or not all(_LEVEL.match(level) for level in levels):
        return None
    match levels[2:]:
        case [site, box, ("health" | "state" | "receipt") as channel]:
            return Address(BoxTopics(site, box), channel)
        case [site, box, "alert", place, kind]:
            return Address(BoxTopics(site, box), "alert", place, kind)
    return None
