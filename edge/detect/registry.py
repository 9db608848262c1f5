"""Detectors by name: the one place that joins manifest, session and family."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, get_args

from edge.detect.centerface import CenterFace
from edge.detect.coco import COCO
from edge.detect.detections import Detections, Image
from edge.detect.family import Family, OnnxDetector, expect_outputs
from edge.detect.manifest import Family as FamilyName
from edge.detect.manifest import Model, Task, find, verify
from edge.detect.nanodet import NanoDet
from edge.detect.picodet import PicoDet
from edge.detect.plates import Plates
from edge.detect.regions import Regions
from edge.detect.sessions import Session, open_session
from edge.detect.yolox import Yolox
from edge.detect.yunet import YuNet
from placewatch.errors import ModelError

_OBJECTS: dict[str, Family] = {"nanodet": NanoDet(), "yolox": Yolox(), "picodet": PicoDet()}


class Detector(Protocol):
    """Finds objects in pictures."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    @property
    def version(self) -> str:
        """Eight digits of the weights' sha256."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names by index."""
        ...

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """For each picture its objects, in pixels of that picture, the surest first."""
        ...


class RegionFinder(Protocol):
    """Finds faces or plates in a picture, to be blurred."""

    @property
    def version(self) -> str:
        """Eight digits of the weights' sha256."""
        ...

    def detect(self, image: Image, *, score: float = ..., scale: float = ...) -> Regions:
        """Faces or plates in pixels of the picture; ``scale`` enlarges it first."""
        ...


@dataclass(frozen=True, slots=True)
class _File:
    """A model's file and how to read it."""

    name: str
    family: str
    path: Path
    entry: Model | None


def _resolve(model: str, task: Task, models_dir: Path | None) -> _File:
    """A manifest name, or ``family:path`` for a file of the user's own."""
    family, mark, path = model.partition(":")
    if mark and family in get_args(FamilyName):
        return _File(Path(path).stem, family, Path(path), None)
    if Path(model).suffix == ".onnx":
        raise ModelError(
            "a file needs its family",
            where=model,
            remedy=f"write it as FAMILY:{model}, such as yolox:{model}",
        )
    entry = find(model, models_dir)
    if entry.task != task:
        raise ModelError(f"this model finds {entry.task}, not {task}", where=model)
    return _File(model, entry.family, verify(model, models_dir), entry)


def _side(session: Session, wanted: int) -> int:
    """The canvas' longer side: the wanted one, or the only one that the graph takes."""
    if session.fixed_size is None:
        return wanted
    width, height = session.fixed_size
    if width != height:
        raise ModelError(f"takes {width} x {height}, which is not square", where=str(session.path))
    return width


def load_detector(
    model: str,
    *,
    models_dir: Path | None = None,
    input_size: int = 416,
    score: float = 0.35,
    providers: tuple[str, ...] = ("cpu",),
    threads: int = 1,
    classes: tuple[str, ...] | None = None,
) -> OnnxDetector:
    """Load an object detector.

    Args:
        model: A name in models/manifest.toml, or ``family:path`` such as ``yolox:/opt/models/my.onnx``.
        models_dir: Folder of the manifest and its files; the shipped one unless given.
        input_size: Longer side of the network's canvas, a multiple of 32; a graph of one fixed size keeps
            its own.
        score: Least score of a detection.
        providers: onnxruntime providers in order of preference, by the configuration's names.
        threads: Threads of one inference.
        classes: Class names of a file that was not trained on COCO-80.

    Raises:
        ModelError: Unknown name, file missing, altered or of another kind, or no provider.
    """
    file = _resolve(model, "objects", models_dir)
    if file.family not in _OBJECTS:
        raise ModelError(
            f"{file.family} does not find objects", where=model, remedy=f"families: {', '.join(_OBJECTS)}"
        )
    if input_size < 32 or input_size % 32:
        raise ModelError(f"input size {input_size} is not a multiple of 32", where=model)
    family = _OBJECTS[file.family]
    session = open_session(file.path, providers=providers, threads=threads)
    names = file.entry.class_names if file.entry else classes or COCO
    count = family.class_count(session)
    if count is not None and count != len(names):
        raise ModelError(
            f"the network tells {count} classes apart, {len(names)} names are given",
            where=model,
            remedy="is the family right? Otherwise name the classes",
        )
    side = _side(session, input_size)
    return OnnxDetector(file.name, session.version, names, session, family, side, score)


def load_faces(
    model: str = "centerface",
    *,
    models_dir: Path | None = None,
    providers: tuple[str, ...] = ("cpu",),
    threads: int = 1,
) -> RegionFinder:
    """Load the face detector. Faces are found to be blurred, nothing more.

    Args:
        model: A name in models/manifest.toml, ``centerface:path`` or ``yunet:path``.
        models_dir: Folder of the manifest and its files; the shipped one unless given.
        providers: onnxruntime providers in order of preference, by the configuration's names.
        threads: Threads of one inference.

    Raises:
        ModelError: As `load_detector`.
    """
    file = _resolve(model, "faces", models_dir)
    if file.family not in {"centerface", "yunet"}:
        raise ModelError(
            f"{file.family} does not find faces", where=model, remedy="write centerface:FILE or yunet:FILE"
        )
    session = open_session(file.path, providers=providers, threads=threads)
    if file.family == "yunet":
        expect_outputs(session, "YuNet", [1] * 6 + [4] * 3 + [10] * 3)
        return YuNet(session)
    expect_outputs(session, "CenterFace", [None] * 4, rank=4)
    return CenterFace(session)


def load_plates(
    model: str = "plate_cn",
    *,
    models_dir: Path | None = None,
    providers: tuple[str, ...] = ("cpu",),
    threads: int = 1,
) -> RegionFinder:
    """Load the plate detector. Plates are found to be blurred, never read.

    Args:
        model: A name in models/manifest.toml, or ``plates:path``.
        models_dir: Folder of the manifest and its files; the shipped one unless given.
        providers: onnxruntime providers in order of preference, by the configuration's names.
        threads: Threads of one inference.

    Raises:
        ModelError: As `load_detector`.
    """
    file = _resolve(model, "plates", models_dir)
    if file.family != "plates":
        raise ModelError(f"{file.family} does not find plates", where=model, remedy="write plates:FILE")
    session = open_session(file.path, providers=providers, threads=threads)
    expect_outputs(session, "a plate detector", [4, 2, 8])
    return Plates(session)
