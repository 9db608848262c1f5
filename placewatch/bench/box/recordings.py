"""A folder of recordings as sets of cameras, and each recording begun at any of its keyframes."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import av

from edge.ingest.source import open_source
from edge.ingest.stamps import packet_times
from placewatch.errors import StreamError, UsageError
from placewatch.eval.truth import Truth, load_truth
from placewatch.footage.catalog import SUFFIXES


@dataclass(frozen=True, slots=True)
class Recording:
    """One clip.

    Attributes:
        name: Its file's name without ending.
        path: The file.
        truth: The truth file beside it: zones and rules, and when something moves; None without one.
        times: When each packet is decoded, seconds from the first, in the file's order.
        keys: Numbers of the packets that are keyframes.
        pixels: Of one picture; 0 while unknown.
    """

    name: str
    path: Path
    truth: Truth | None
    times: tuple[float, ...]
    keys: tuple[int, ...]
    pixels: int = 0

    @property
    def step(self) -> float:
        """Seconds from one packet to the next, on average."""
        return self.times[-1] / (len(self.times) - 1) if len(self.times) > 1 else 0.04

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.times[-1] + self.step

    @property
    def busy(self) -> float | None:
        """Share of the time in which something is there, by the truth file; None without one."""
        if self.truth is None:
            return None
        return sum(end - begin for begin, end in self.truth.spec.moves) / self.seconds

    def start(self, share: float) -> int:
        """Number of the keyframe nearest to a share (0 to 1) of its length."""
        return min(self.keys, key=lambda key: abs(self.times[key] - share * self.seconds))


def read_sets(folder: Path, names: Sequence[str] = (), clips: str = "*") -> dict[str, list[Recording]]:
    """Every recording below a folder, by set: the folder's own sub-folders, or the folder itself.

    Args:
        folder: Where the recordings lie.
        names: Only these sets; all when empty.
        clips: Only recordings whose file name matches this pattern.

    Raises:
        UsageError: No such folder, set or recording.
        ConfigError: A truth file is wrong.
    """
    if not folder.is_dir():
        raise UsageError("no such folder", where=str(folder), remedy="give a folder with recordings")
    found: dict[str, list[Recording]] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or path.suffix.lower() not in SUFFIXES or not fnmatch(path.name, clips):
            continue
        name = relative.parts[0] if len(relative.parts) > 1 else folder.resolve().name
        if not names or name in names:
            found.setdefault(name, []).append(read_recording(path))
    missing = [name for name in names if name not in found]
    if missing or not found:
        what = f"no recording of set {missing[0]!r}" if missing else f"no recording that matches {clips!r}"
        raise UsageError(what, where=str(folder), remedy="python -m scripts.make_footage makes some")
    return found


def read_recording(path: Path) -> Recording:
    """One recording, with what lies beside it.

    Raises:
        StreamError: It cannot be read, or has no keyframe.
        ConfigError: Its truth file is wrong.
    """
    times: list[float] = []
    keys: list[int] = []
    with open_source(str(path)) as source:
        pixels = source.info.width * source.info.height
        for packet in source.packets():
            if not packet.size:
                continue
            dts, pts = packet_times(packet)
            if packet.is_keyframe:
                keys.append(len(times))
            times.append(dts if dts is not None else pts if pts is not None else len(times) / 25.0)
    if not keys:
        raise StreamError("it has no keyframe", where=str(path), remedy="record it again, or leave it out")
    beside = path.with_suffix(".yaml")
    truth = load_truth(beside) if beside.is_file() else None
    return Recording(path.stem, path, truth, tuple(time - times[0] for time in times), tuple(keys), pixels)


def begun_at(recording: Recording, first: int, target: Path) -> None:
    """Write a recording so that it begins with packet ``first`` (a keyframe); nothing is encoded again.

    Cameras that show the same recording would otherwise all be busy at the same moment.

    Raises:
        StreamError: It cannot be read or written.
    """
    try:
        with av.open(str(recording.path)) as source, av.open(str(target), "w") as out:
            stream = source.streams.video[0]
            copy = out.add_stream_from_template(stream)
            packets = [packet for packet in source.demux(stream) if packet.size]
            length = round(recording.seconds / float(stream.time_base or 1))
            origin = packets[first].dts or 0
            for number, packet in enumerate(packets[first:] + packets[:first]):
                shift = length - origin if number >= len(packets) - first else -origin
                packet.dts = None if packet.dts is None else packet.dts + shift
                packet.pts = None if packet.pts is None else packet.pts + shift
                packet.stream = copy
                out.mux(packet)
    except (av.FFmpegError, OSError) as error:
        raise StreamError(
            f"cannot be written anew: {error}",
            where=str(recording.path),
            remedy=f"check that {target.parent} has room",
        ) from error
