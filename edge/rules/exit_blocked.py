"""exit_blocked: a vehicle, cycle or large object stands in front of an exit."""

from edge.rules.place_rule import ZoneOccupancy


class ExitBlockedRule(ZoneOccupancy):
    """Opens when a thing stands ``dwell_s`` in front of the exit; closes when it is clear ``clear_s``.

    Persons who stand there block nothing. Things that the detector has no class for are not seen by this
    rule: `abandoned_object` finds them by the picture.
    """
