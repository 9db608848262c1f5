"""The closed words of an event's life."""

from enum import StrEnum


class Colour(StrEnum):
    """How grave (三色预警), from the mildest up."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 for blue, 2 for red."""
        return tuple(Colour).index(self)


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
    RAISED = "raised"
    """Its colour went up."""
    EPISODE_CLOSED = "episode_closed"
    """The camera no longer sees the condition."""
    EPISODE_RESUMED = "episode_resumed"
    """The condition came back within the same episode."""
    CLEARED = "cleared"
    """All of its episodes have ended; people still verify."""
    PICTURE_REFUSED = "picture_refused"
    """A picture was not stored, with the reason; the fact was."""
