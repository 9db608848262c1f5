"""Cameras shared out to processes, and what the processes say put together again: pure."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import msgspec

from edge.config import BoxConfig, Camera
from messages import CameraHealth, CameraState, ClipHealth, Health

_OFTEN = 3.0
"""Processes tell their health so many times in a period of the box's, so that none of it is old."""


def shared_out(config: BoxConfig) -> list[BoxConfig]:
    """One configuration for each process: the box's, with its part of the cameras.

    No process gets two cameras while another has none; cameras are dealt by how often they are looked at.
    """
    number = max(1, min(config.workers, len(config.cameras)))
    return _dealt(config, [set() for _ in range(number)])


def shared_again(config: BoxConfig, before: Sequence[BoxConfig]) -> list[BoxConfig]:
    """As `shared_out`, among the processes that there are: a camera stays where it is.

    Args:
        config: The box from now on.
        before: Of each process, what it has.
    """
    return _dealt(config, [{camera.id for camera in part.cameras} for part in before])


def _dealt(config: BoxConfig, theirs: Sequence[AbstractSet[str]]) -> list[BoxConfig]:
    hands: list[list[Camera]] = [[] for _ in theirs]
    load = [0.0] * len(hands)
    free = []
    for camera in config.cameras:
        holder = next((number for number, names in enumerate(theirs) if camera.id in names), None)
        if holder is None:
            free.append(camera)
        else:
            hands[holder].append(camera)
            load[holder] += camera.fps or config.detector.fps
    for camera in sorted(free, key=lambda camera: -(camera.fps or config.detector.fps)):
        least = min(range(len(hands)), key=lambda number: (load[number], number))
        hands[least].append(camera)
        load[least] += camera.fps or config.detector.fps
    # The main process answers on the loopback, for all of them.
    update = {"workers": 1, "health_s": max(1.0, config.health_s / _OFTEN), "status_port": None}
    return [config.model_copy(update={"cameras": tuple(hand), **update}) for hand in hands]


@dataclass(frozen=True, slots=True)
class Part:
    """One process as the box sees it.

    Attributes:
        config: Its part of the box.
        health: The last that it told; None before the first.
        trouble: Why it does not work now; empty when it does.
    """

    config: BoxConfig
    health: Health | None
    trouble: str = ""


def cameras_of(part: Part) -> dict[str, CameraHealth]:
    """Its cameras, marked where nobody watches them."""
    told = {} if part.health is None else {camera.camera: camera for camera in part.health.cameras}
    found = {
        camera.id: told.get(camera.id)
        or CameraHealth(camera=camera.id, place=camera.place, state=CameraState.CONNECTING)
        for camera in part.config.cameras
    }
    if part.trouble:
        for name, camera in found.items():
            found[name] = msgspec.structs.replace(
                camera, state=CameraState.FAILED, reason=part.trouble[:500], fps=0.0, looks_per_s=0.0
            )
    return found


def put_together(own: Health, parts: Sequence[Part], order: Sequence[str]) -> Health:
    """The health of the whole box.

    Args:
        own: What the main process says of itself, without cameras.
        parts: Its processes.
        order: Camera ids as configured.
    """
    cameras: dict[str, CameraHealth] = {}
    for part in parts:
        cameras |= cameras_of(part)
    told = [part.health for part in parts if part.health is not None and not part.trouble]
    looks = {id(health): sum(camera.looks_per_s for camera in health.cameras) for health in told}
    return msgspec.structs.replace(
        own,
        cameras=[cameras[name] for name in order],
        degraded=list(dict.fromkeys(text for one in (own, *told) for text in one.degraded)),
        clips=_clips([own.clips, *(one.clips for one in told)]),
        model=next((part.health.model for part in parts if part.health is not None), own.model),
        detect_ms=round(_mean({id(one): one.detect_ms for one in told}, looks), 2),
        # One process that cannot keep up is an overload of its cameras, however idle the others are.
        detect_load=max((one.detect_load for one in told), default=0.0),
        canvases_per_look=round(_mean({id(one): one.canvases_per_look for one in told}, looks), 3),
        canvas_fill=round(_mean({id(one): one.canvas_fill for one in told}, looks), 3),
    )


def _clips(counted: Iterable[ClipHealth | None]) -> ClipHealth | None:
    """Counters together; None where nobody makes clips."""
    known = [each for each in counted if each is not None]
    if not known:
        return None
    fields = ClipHealth.__struct_fields__
    return ClipHealth(**{name: sum(getattr(each, name) for each in known) for name in fields})


def _mean(values: Mapping[int, float], weights: Mapping[int, float]) -> float:
    total = sum(weights.values())
    return sum(values[key] * weights[key] for key in values) / total if total > 0 else 0.0
