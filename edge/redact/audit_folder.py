"""The audit of a folder: pictures, clips and alerts as they would leave, or raw footage redacted first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge.detect.detections import Image
from edge.detect.pictures import read_picture
from edge.redact.audit import Auditor, marked
from edge.redact.clipfile import open_clip
from edge.redact.redactor import Redactor
from edge.redact.residual import Left, Residual
from messages import Alert, MessageError, decode
from placewatch.errors import PlacewatchError, RedactionError, UsageError

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
CLIPS = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".avi", ".ts", ".webm", ".h264", ".h265", ".hevc"})
ALERTS = frozenset({".jsonl", ".ndjson"})

MOST_WORST = 50
"""Pictures that are written at most."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One picture that would leave.

    Attributes:
        name: File, and where in it: seconds of a clip, line of a file of alerts.
        image: H x W x 3 BGR, as the receiver would see it.
    """

    name: str
    image: Image


@dataclass(frozen=True, slots=True)
class Finding:
    """A picture in which something was left."""

    name: str
    residuals: tuple[Residual, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in a folder.

    Attributes:
        pictures: Looked at.
        findings: Pictures with residuals, the worst first.
        written: Pictures of the worst, on this machine.
        problems: One line for each file that could not be read.
    """

    pictures: int
    findings: tuple[Finding, ...]
    written: tuple[Path, ...]
    problems: tuple[str, ...]

    def count(self, what: Left) -> int:
        """Residual faces or plates."""
        return sum(each.what is what for finding in self.findings for each in finding.residuals)


def audit_folder(
    folder: Path,
    auditor: Auditor,
    *,
    worst: Path,
    every_s: float = 1.0,
    redactor: Redactor | None = None,
    seen: Callable[[int, str], None] = lambda _count, _name: None,
) -> Audit:
    """Look at everything in a folder and below it.

    Args:
        folder: Pictures, clips, files of alerts (one JSON a line, as ``placewatch replay`` writes them).
        auditor: Who looks.
        worst: Where pictures of the worst are written, if there are any; they stay on this machine.
        every_s: Of clips one picture in so many seconds is looked at.
        redactor: The folder holds raw footage: each picture is redacted and encoded as a still first.
        seen: Told how many pictures were looked at, and the name of the last.

    Raises:
        UsageError: No such folder, or nothing in it to look at.
        RedactionError: A picture of the worst could not be written.
    """
    files = _files(folder)
    problems: list[str] = []
    findings: list[Finding] = []
    shown: dict[str, bytes] = {}
    count = 0
    for file in files:
        try:
            for outgoing in _outgoing(file, folder, every_s, redactor):
                count += 1
                seen(count, outgoing.name)
                residuals = auditor.inspect(outgoing.image)
                if residuals:
                    findings = _worst_first([*findings, Finding(outgoing.name, residuals)])
                    shown[outgoing.name] = marked(outgoing.image, residuals)
                    shown = {each.name: shown[each.name] for each in findings[:MOST_WORST]}
        except PlacewatchError as error:
            problems.append(str(error))
    if not count:
        first = f": {problems[0]}" if problems else ""
        raise UsageError(f"no picture to look at{first}", where=str(folder), remedy="give pictures or clips")
    return Audit(count, tuple(findings), _written(shown, worst), tuple(problems))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError("no such folder", where=str(folder), remedy="give a folder of pictures")
    known = PICTURES | CLIPS | ALERTS
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in known and path.is_file())


def _worst_first(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: -max(residual.score for residual in each.residuals))


def _outgoing(file: Path, folder: Path, every_s: float, redactor: Redactor | None) -> Iterator[Outgoing]:
    name = file.relative_to(folder).as_posix()
    for where, image in _pictures(file, name, every_s):
        yield Outgoing(where, image if redactor is None else _redacted(redactor, image))


def _pictures(file: Path, name: str, every_s: float) -> Iterator[tuple[str, Image]]:
    ending = file.suffix.lower()
    if ending in PICTURES:
        yield name, read_picture(file)
    elif ending in ALERTS:
        yield from _stills(file, name)
    else:
        with open_clip(file) as clip:
            due = 0.0
            for frame in clip.frames():
                if frame.time + 1e-6 >= due:
                    due += every_s
                    yield f"{name} at {frame.time:.2f} s", frame.image


def _stills(file: Path, name: str) -> Iterator[tuple[str, Image]]:
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise RedactionError(f"cannot be read: {error.strerror}", where=name) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            alert = decode(line, Alert)
        except MessageError as error:
            raise RedactionError(f"not an alert: {error}", where=f"{name}:{number}") from error
        if alert.data.evidence is not None:
            yield f"{name}:{number}", _decoded(alert.data.evidence.jpeg, f"{name}:{number}")


def _redacted(redactor: Redactor, image: Image) -> Image:
    return _decoded(redactor.redact(image).jpeg(), "the redacted picture")


def _decoded(jpeg: bytes, where: str) -> Image:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise RedactionError("not a picture", where=where)
    return np.asarray(image, np.uint8)


def _written(shown: dict[str, bytes], worst: Path) -> tuple[Path, ...]:
    paths: list[Path] = []
    try:
        for number, (name, png) in enumerate(shown.items(), 1):
            worst.mkdir(parents=True, exist_ok=True)
            stem = "".join(each if each.isalnum() or each in "-_." else "_" for each in name)[-80:]
            path = worst / f"{number:02}-{stem}.png"
            path.write_bytes(png)
            paths.append(path)
    except OSError as error:
        raise RedactionError(
            f"cannot be written: {error.strerror}", where=str(worst), remedy="choose another --worst"
        ) from error
    return tuple(paths)
