"""What a measured box writes down about its looks and alerts, and what it says while it is measured."""

import msgspec


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """One look.

    Attributes:
        camera: Camera id.
        packet: Number of the picture's packet since the camera was opened.
        captured: When the picture was taken, Unix seconds.
        done: When it had been looked at, Unix seconds.
        kept: Whether the camera rested when it was taken.
    """

    camera: str
    packet: int
    captured: float
    done: float
    kept: bool


class Told(msgspec.Struct, frozen=True, array_like=True):
    """One alert.

    Attributes:
        camera: Camera id.
        kind: The rule's kind.
        zone: Zone or line id; empty for the camera itself.
        phase: Such as ``opened``.
        captured: When the picture that decided was taken, Unix seconds.
        published: When it left the spool, Unix seconds.
    """

    camera: str
    kind: str
    zone: str
    phase: str
    captured: float
    published: float


class Journal(msgspec.Struct, frozen=True):
    """Everything.

    Attributes:
        looks: In order.
        alerts: In order of publication.
        model: Id and version of the detector.
    """

    looks: list[Seen]
    alerts: list[Told]
    model: str


class Mark(msgspec.Struct, frozen=True):
    """The box's counters at one moment.

    Attributes:
        time: Unix seconds.
        decoded: Pictures decoded, all cameras.
        skipped: Packets passed over at rest.
        dropped: Sampled pictures that were replaced before anybody looked at them.
        errors: Packets that could not be decoded.
        canvases_per_look: Since the mark before.
        canvas_fill: Share of the canvases that showed something, since the mark before.
        awake: Cameras that are awake now.
    """

    time: float
    decoded: int
    skipped: int
    dropped: int
    errors: int
    canvases_per_look: float
    canvas_fill: float
    awake: int
