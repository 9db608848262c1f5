"""The closed words of an event's life."""

from enum import StrEnum

from central.names import Bilingual


class Colour(StrEnum):
    """How grave (三色预警), from the mildest up."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 for blue, 2 for red."""
        return _RANKS[self]


_RANKS = {colour: rank for rank, colour in enumerate(Colour)}


class EventState(StrEnum):
    """Where an event stands in its life cycle; later steps are taken by people."""

    REPORTED = "reported"
    """上报: known, but a person must say where it belongs (unmapped) or whether it still holds (late)."""
    FILED = "filed"
    """立案: it has an owner and a responsibility."""


class Verb(StrEnum):
    """What an entry of an event's timeline says."""

    REPORTED = "reported"
    """The first alert made the event."""
    FILED = "filed"
    """It was given to its grid and responsibility without a person's help."""
    JOINED = "joined"
    """A further episode joined the open event."""
    REGRADED = "regraded"
    """Its colour changed, with the rule that did it."""
    EPISODE_CLOSED = "episode_closed"
    """The camera no longer sees the condition."""
    EPISODE_RESUMED = "episode_resumed"
    """The condition came back within the same episode."""
    CLEARED = "cleared"
    """All of its episodes have ended; people still verify."""
    PICTURE_REFUSED = "picture_refused"
    """A picture was not stored, with the reason; the fact was."""


VERB_NAMES = {
    Verb.REPORTED: Bilingual(zh="采集上报", en="reported"),
    Verb.FILED: Bilingual(zh="自动立案", en="filed"),
    Verb.JOINED: Bilingual(zh="再次发生", en="happened again"),
    Verb.REGRADED: Bilingual(zh="等级变更", en="colour changed"),
    Verb.EPISODE_CLOSED: Bilingual(zh="现场恢复", en="no longer seen"),
    Verb.EPISODE_RESUMED: Bilingual(zh="情况重现", en="seen again"),
    Verb.CLEARED: Bilingual(zh="全部恢复，待核查", en="all clear, to be verified"),
    Verb.PICTURE_REFUSED: Bilingual(zh="图片未入库", en="picture not stored"),
}
"""What people call the verbs."""

STATE_NAMES = {
    EventState.REPORTED: Bilingual(zh="已上报", en="reported"),
    EventState.FILED: Bilingual(zh="已立案", en="filed"),
}
"""What people call the states."""
