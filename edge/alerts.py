"""From a rule's transition to the message that leaves the box."""

import math
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from edge.config import Camera, Place
from edge.evidence import Still
from edge.rules.scene import Transition
from messages import MAX_INLINE_PICTURE, Alert, AlertData, Kind, Phase, alert_type
from placewatch.clock import utc

_EPISODES = uuid.UUID("6f0b1c86-5d0e-5b6c-9a37-1b6a53f7b3b1")
"""Namespace of alert ids."""

BETTER = 0.05
"""An update brings a new picture when the confidence rose by this much over the last one sent."""

NO_BETTER = "no clearer picture than the one sent before"
"""Why an update has no picture."""

MOST_REMEMBERED = 1000
"""Open episodes of one camera whose best confidence is kept; far more than a camera has zones."""


MOMENTS = frozenset({Kind.LINE_CROSSING, Kind.WRONG_WAY})
"""Kinds that open and close at once."""


def episode_id(site: str, place: str, zone: str, kind: Kind, started: float) -> str:
    """The alert_id of an episode: the same for the same place, zone, kind and start, on any box and run.

    Args:
        site: Site id.
        place: Place id.
        zone: Zone id.
        kind: The rule's kind.
        started: Unix seconds; counts to the millisecond.
    """
    return str(uuid.uuid5(_EPISODES, f"{site}/{place}/{zone}/{kind}/{round(started * 1000)}"))


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert that has no number yet; calling it with one makes it final.

    Attributes:
        site: Site id.
        box: Box id.
        phase: Which phase of the episode it announces.
        time: Capture time of the picture that decided.
        data: What happened.
    """

    site: str
    box: str
    phase: Phase
    time: datetime
    data: AlertData

    def __call__(self, session: str, seq: int) -> Alert:
        """The alert as number ``seq`` of ``session`` (see `edge.outbox.spool.Spool.append`)."""
        return Alert(
            id=f"{self.box}-{session}-{seq}",
            source=f"//{self.site}/{self.box}/{self.data.camera}",
            type=alert_type(self.phase),
            subject=self.data.place,
            time=self.time,
            session=session,
            seq=seq,
            data=self.data,
        )


class AlertMaker:
    """Turns one camera's transitions into drafts, and decides which of them deserve a picture.

    Args:
        site: Site id.
        box: Box id.
        camera: The camera.
        place: The place that it watches.
        model: Id and version of the detector's model.
    """

    def __init__(self, site: str, box: str, camera: Camera, place: Place, model: str) -> None:
        self._site = site
        self._box = box
        self._camera = camera.id
        self._place = place
        self._model = model
        self._best: dict[str, float] = {}

    def alert_id(self, transition: Transition) -> str:
        """The id of the episode that ``transition`` belongs to."""
        return episode_id(self._site, self._place.id, transition.zone, transition.kind, transition.started)

    def wants_picture(self, transition: Transition) -> bool:
        """Whether the alert should carry a still: ask before redacting one.

        An opened alert shows what happened, a closed one shows the zone clear (so that the camera itself can
        verify the close); an update only a better view than before. A moment closes in the look that
        opened it: one picture tells both.
        """
        if transition.phase is Phase.CLOSED and transition.kind in MOMENTS:
            return False
        if transition.phase is not Phase.UPDATED:
            return True
        return transition.confidence >= self._best.get(self.alert_id(transition), 0.0) + BETTER

    def draft(
        self,
        transition: Transition,
        *,
        rule_version: str,
        time: float,
        still: Still | None = None,
        clock_offset_s: float | None = None,
    ) -> Draft:
        """The alert that announces ``transition``.

        Args:
            transition: What a rule said.
            rule_version: Hash of that rule's parameters.
            time: Capture time of the picture that decided, Unix seconds.
            still: The redacted still or why there is none; None when `wants_picture` said no.
            clock_offset_s: Box clock minus reference clock, when known.
        """
        alert_id = self.alert_id(transition)
        picture = _fitting(still or Still(missing=NO_BETTER))
        self._remember(alert_id, transition, shown=picture.evidence is not None)
        data = AlertData(
            alert_id=alert_id,
            kind=transition.kind,
            place=self._place.id,
            place_class=self._place.place_class,
            camera=self._camera,
            zone=transition.zone,
            count=max(transition.count, 0),
            limit=transition.limit,
            confidence=_fraction(transition.confidence),
            started=utc(transition.started),
            ended=None if transition.ended is None else utc(transition.ended),
            fault=transition.fault,
            evidence=picture.evidence,
            evidence_missing=picture.missing,
            rule_version=rule_version,
            model=self._model,
            clock_offset_s=clock_offset_s,
        )
        return Draft(self._site, self._box, transition.phase, utc(time), data)

    def _remember(self, alert_id: str, transition: Transition, *, shown: bool) -> None:
        if transition.phase is Phase.CLOSED:
            self._best.pop(alert_id, None)
        elif shown:
            self._best[alert_id] = transition.confidence
            if len(self._best) > MOST_REMEMBERED:
                del self._best[next(iter(self._best))]


def _fitting(still: Still) -> Still:
    """The still, or the reason why it cannot travel inline."""
    if still.evidence is None or len(still.evidence.jpeg) <= MAX_INLINE_PICTURE:
        return still
    size = len(still.evidence.jpeg)
    return replace(still, evidence=None, missing=f"the still has {size} bytes, over {MAX_INLINE_PICTURE}")


def _fraction(value: float) -> float:
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0
