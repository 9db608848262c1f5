"""What of a running box another configuration changes: pure. What is not named here goes on as it is."""

from dataclasses import dataclass, replace

from edge.config import BoxConfig, Camera

_STREAM = frozenset({"url", "transport", "fps", "gate", "stall_s"})
"""Keys of a camera by which its stream is opened and read; all others are about what its pictures mean."""

_NETWORKS = ("model", "input_size", "score", "providers", "threads")
"""Keys of the detector by which the networks are loaded."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be done; the lists hold camera ids, none of them twice.

    Attributes:
        removed: Cameras that are watched no more.
        added: Cameras that are new.
        reopened: Cameras whose stream is read otherwise.
        reruled: Cameras whose packets go on, but whose rules begin anew with what they remembered.
        networks: Whether the networks must be loaded anew.
        broker: Whether alerts go to another broker.
    """

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    reruled: tuple[str, ...] = ()
    networks: bool = False
    broker: bool = False

    @property
    def opened(self) -> tuple[str, ...]:
        """Cameras whose stream must be opened."""
        return self.added + self.reopened

    @property
    def touched(self) -> frozenset[str]:
        """Cameras that are watched otherwise than before."""
        return frozenset(self.added + self.reopened + self.reruled)


def changes(old: BoxConfig, new: BoxConfig) -> Changes:
    """What leads from one configuration to the other."""
    before = {camera.id: camera for camera in old.cameras}
    after = {camera.id: camera for camera in new.cameras}
    networks = any(getattr(old.detector, key) != getattr(new.detector, key) for key in _NETWORKS)
    found = Changes(
        removed=tuple(name for name in before if name not in after),
        added=tuple(name for name in after if name not in before),
        networks=networks,
        broker=old.broker != new.broker,
    )
    kept = [name for name in after if name in before]
    reopened = tuple(name for name in kept if _reads(old, before[name]) != _reads(new, after[name]))
    meanings = [name for name in kept if name not in reopened]
    reruled = tuple(
        name for name in meanings if networks or _means(old, before[name]) != _means(new, after[name])
    )
    return replace(found, reopened=reopened, reruled=reruled)


def _reads(box: BoxConfig, camera: Camera) -> object:
    """All that decides how a camera's stream is read."""
    stream = {key: getattr(camera, key) for key in _STREAM}
    stream["fps"] = camera.fps or box.detector.fps
    return stream, box.gate, box.decode, box.detector.looks


def _means(box: BoxConfig, camera: Camera) -> object:
    """All that decides what a camera's pictures mean."""
    meaning = {key: value for key, value in camera if key not in _STREAM}
    return meaning, box.place_of(camera), box.timezone, box.holidays, box.detector.floor_fps
