"""Which alerts a truth file makes due: its events, and how long its rules wait. Pure."""

from collections import defaultdict
from collections.abc import Mapping

from edge.rule_config import AnyRule, CameraHealth, CrowdDensity, StateRule, StillThingRule
from messages import Fault, Kind
from placewatch.eval.matching import Due, Waiting, joined
from placewatch.eval.truth import Event, Truth, is_moment

_WAITS: Mapping[Fault | None, str] = {Fault.OFFLINE: "offline_s", Fault.FROZEN: "frozen_s"}
"""Settings of camera_health that are the waiting times of single faults; the others wait `hold_s`."""


def waiting_of(rule: AnyRule | None, fault: Fault | None = None) -> Waiting:
    """How long a rule waits before it opens, before it closes, and for a repeat.

    Args:
        rule: The rule; None is camera_health with its defaults, which every camera has.
        fault: For camera_health.
    """
    match rule:
        case None:
            return waiting_of(CameraHealth(kind=Kind.CAMERA_HEALTH), fault)
        case CameraHealth():
            dwell = float(getattr(rule, _WAITS.get(fault, "hold_s")))
            return Waiting(dwell, rule.clear_s, rule.rejoin_s)
        case CrowdDensity():
            return Waiting(rule.hold_s, rule.hold_s, rule.rejoin_s)
        case StateRule():
            clear = float(getattr(rule, "clear_s", 0.0))
            return Waiting(float(getattr(rule, "dwell_s", 0.0)), clear, rule.rejoin_s)
        case _:
            return Waiting(rejoin_s=rule.rejoin_s)


def dues_of(truth: Truth, length_s: float) -> list[Due]:
    """The alerts that are due in a clip, in order of time.

    Args:
        truth: What happens in it.
        length_s: Its length; what has no end ends there, and what is due later is not due.
    """
    groups: dict[tuple[Kind, str | None, Fault | None], list[Event]] = defaultdict(list)
    for event in truth.spec.events:
        groups[event.kind, event.zone, event.fault].append(event)
    dues = [
        due
        for events in groups.values()
        for due in joined(
            [_due(truth, event, length_s) for event in events],
            waiting_of(truth.rule_of(events[0]), events[0].fault),
        )
    ]
    return sorted((due for due in dues if due.due <= length_s), key=lambda due: due.due)


def _due(truth: Truth, event: Event, length_s: float) -> Due:
    rule = truth.rule_of(event)
    end = event.opened if is_moment(rule) else max(length_s, event.opened)
    waits = waiting_of(rule, event.fault).dwell_s
    if isinstance(rule, StillThingRule):
        waits = max(waits, float(getattr(rule, "away_s", 0.0)))
    return Due(
        kind=event.kind,
        zone=event.zone,
        opened=event.opened,
        closed=end if event.closed is None else event.closed,
        due=event.opened + waits if event.due is None else event.due,
        tolerance_s=event.tolerance_s or truth.spec.tolerance_s,
        fault=event.fault,
        optional=event.optional,
        note=event.note,
    )
