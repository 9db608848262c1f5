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

    @property
    def command(self) -> str:
        """Central to box, QoS 1, not retained."""
        return f"{self.base}/command"

    @property
    def config(self) -> str:
        """Central to box, QoS 1, retained: the configuration that it shall run, signed."""
        return f"{self.base}/config"

    @property
    def update(self) -> str:
        """Central to box, QoS 1, retained: the software that it shall run, signed."""
        return f"{self.base}/update"

    @property
    def from_central(self) -> tuple[str, str, str]:
        """What a box reads besides its receipts."""
        return self.command, self.config, self.update

    def snapshot(self, camera: str) -> str:
        """A picture that was asked for, QoS 0, not retained."""
        return f"{self.base}/snapshot/{camera}"

    def clip(self, clip: str) -> str:
        """Parts of one evidence clip, QoS 1, not retained."""
        return f"{self.base}/clip/{clip}"

    def alert(self, place: str, kind: Kind | str) -> str:
        """Alerts of one place and kind, QoS 1, not retained."""
        return f"{self.base}/alert/{place}/{kind}"


ALL_ALERTS = f"{ROOT}/+/+/alert/+/+"
ALL_CLIPS = f"{ROOT}/+/+/clip/+"
ALL_SNAPSHOTS = f"{ROOT}/+/+/snapshot/+"
ALL_HEALTH = f"{ROOT}/+/+/health"
ALL_STATES = f"{ROOT}/+/+/state"


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed topic.

    Attributes:
        box: Whose topic it is.
        channel: ``alert``, ``clip``, ``snapshot``, ``health``, ``state``, ``receipt``, ``command``,
            ``config`` or ``update``.
        place: Only for alerts.
        kind: Only for alerts, as written (it may be unknown).
        item: The clip's id, or the snapshot's camera.
    """

    box: BoxTopics
    channel: str
    place: str = ""
    kind: str = ""
    item: str = ""


def parse(topic: str) -> Address | None:
    """The topic's parts, or None when it is not of this contract."""
    levels = topic.split("/")
    if levels[:2] != ROOT.split("/") or not all(_LEVEL.match(level) for level in levels):
        return None
    match levels[2:]:
        case [site, box, ("health" | "state" | "receipt" | "command" | "config" | "update") as channel]:
            return Address(BoxTopics(site, box), channel)
        case [site, box, ("clip" | "snapshot") as channel, item]:
            return Address(BoxTopics(site, box), channel, item=item)
        case [site, box, "alert", place, kind]:
            return Address(BoxTopics(site, box), "alert", place, kind)
    return None
