"""The only door: nothing outside edge/redact makes a `RedactedImage` or writes pictures.

Others may encode, and have nothing to do with a camera's pictures: placewatch/footage re-encodes recorded
clips for development; placewatch/doctor, placewatch/bench and placewatch/loadtest draw what they encode; the
box's benchmark copies packets of an engineer's own recordings without decoding them; plots show figures.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.parts import ROOT

PACKAGES = ("edge", "central", "messages", "placewatch")
DOOR = "edge/redact/"
NO_CAMERA = (
    "placewatch/footage/",
    "placewatch/doctor/media.py",
    "placewatch/bench/clips.py",
    "placewatch/bench/box/recordings.py",
    "placewatch/loadtest/picture.py",
)
DUMPS_YAML = "edge/drawing/boxfile.py"
"""Writes a configuration; it has no picture at hand."""
PLOTS = (
    "placewatch/bench/box/plot.py",
    "placewatch/loadtest/plot.py",
    "placewatch/loadtest/day_report.py",
    "central/reports/plots.py",
)
NO_PICTURES = {
    "edge.ingest.hardware", "edge.ingest.source", "edge.ingest.stamps",
    "edge.onvif.discovery", "edge.onvif.xml",
}  # fmt: skip
"""Modules of the edge that hand out packets and names of devices, never a decoded picture."""

MAKERS = {"seal", "Sealed", "DOOR"}
"""Names of edge.redact by which a picture or clip is sealed."""

SEALS_SECRETS = "central/store/channels.py"
"""Seals passwords; central imports nothing of the edge (tests/test_layers.py)."""

ENCODERS = {
    "imencode", "imencodemulti", "imencodeanimation", "imwrite", "imwritemulti", "imwriteanimation", "imshow",
    "VideoWriter", "tofile", "dump", "savez", "savez_compressed", "memmap", "open_memmap",
    "add_stream", "add_mux_stream", "add_stream_from_template", "add_attachment", "mux", "mux_one",
    "from_ndarray", "from_image", "from_numpy_buffer", "from_dlpack", "to_image", "fromarray",
}  # fmt: skip
"""Calls that turn pixels into files: OpenCV, numpy, PyAV, Pillow."""

FORBIDDEN_IMPORTS = {"PIL", "imageio", "matplotlib", "skimage", "tifffile"}
READS_UPLOADS = "edge/redact/upload.py"
"""Reads what people send, with Pillow, whose headers can be read without decoding."""

RAW_PATHS = (
    "edge/ingest/",
    "edge/gate/",
    "edge/detect/",
    "edge/track/",
    "edge/rules/",
    "edge/vision/",
    "edge/runner/",
    "edge/frame.py",
    "edge/clips.py",
    "edge/evidence.py",
    "edge/annotate.py",
    "edge/drawing/grab.py",
    "edge/drawing/app.py",
)
"""Where raw pictures live: no file is written there at all."""


def modules() -> list[Path]:
    found = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    assert len(found) > 30
    return found


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def words(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Every identifier that is read, called, imported or named in a string for ``getattr``."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id, each.lineno
        elif isinstance(each, ast.Attribute):
            yield each.attr, each.lineno
        elif isinstance(each, ast.ImportFrom | ast.Import):
            for alias in each.names:
                yield alias.name.rpartition(".")[2], each.lineno


def called(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            function = each.func
            yield (
                (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")),
                each,
            )


def modules_imported(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module:
            yield each.module


def imported(node: ast.AST) -> set[str]:
    """Top-level packages."""
    return {each.partition(".")[0] for each in modules_imported(node)}


def makers(module: ast.Module) -> list[int]:
    """Lines that seal a picture, or reach for what seals one."""
    lines = [line for word, line in words(module) if word in MAKERS]
    lines += [
        call.lineno for word, call in called(module) if word in {"RedactedImage", "RedactedClip", "__new__"}
    ]
    lines += [
        each.lineno for each in ast.walk(module) if isinstance(each, ast.Constant) and each.value in MAKERS
    ]
    return lines


def encoders(module: ast.Module) -> list[int]:
    """Lines that turn pixels into a file."""
    lines = [line for word, line in words(module) if word in ENCODERS]
    for word, call in called(module):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        of = owner.id if isinstance(owner, ast.Name) else ""
        texts = [str(each.value) for each in call.args[1:] if isinstance(each, ast.Constant)]
        if (word in {"save", "savetxt"} and of in {"np", "numpy", "image", "frame", "picture"}) or (
            word == "open" and of == "av" and "w" in texts
        ):
            lines.append(call.lineno)
    return lines


def file_writes(module: ast.Module) -> list[int]:
    """Lines that write a file of any kind."""
    lines = [call.lineno for word, call in called(module) if word in {"write_bytes", "write_text"}]
    for word, call in called(module):
        modes = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
        if word in {"open", "fdopen", "NamedTemporaryFile", "TemporaryFile"}:
            texts = [str(mode.value) for mode in modes if isinstance(mode, ast.Constant)]
            if word.endswith("File") or any(
                set(text) <= set("rwxab+t") and set(text) & set("wxa+") for text in texts
            ):
                lines.append(call.lineno)
    return lines


def offences(search: Callable[[ast.Module], list[int]], *, but: tuple[str, ...]) -> dict[str, list[int]]:
    """Lines that ``search`` finds, by module, in all modules ``but`` some."""
    others = [file for file in modules() if not name(file).startswith(but)]
    return {name(file): lines for file in others if (lines := search(tree(file)))}


def test_only_redact_makes_a_redacted_image() -> None:
    assert offences(makers, but=(DOOR, SEALS_SECRETS)) == {}


def test_only_redact_encodes_pictures() -> None:
    assert offences(encoders, but=(DOOR, *NO_CAMERA, DUMPS_YAML)) == {}


def test_no_other_library_writes_pictures() -> None:
    using = {name(file) for file in modules() if imported(tree(file)) & FORBIDDEN_IMPORTS}
    assert using <= {READS_UPLOADS, *PLOTS}


def test_raw_pictures_meet_no_file() -> None:
    others = tuple(name(file) for file in modules() if not name(file).startswith(RAW_PATHS))
    assert offences(file_writes, but=others) == {}


def test_who_else_may_encode_sees_no_camera() -> None:
    """None imports what of the edge holds pictures, nor does the edge import them."""
    edge = [file for file in modules() if name(file).startswith("edge/")]
    exempt = [file for file in modules() if name(file).startswith(NO_CAMERA)]
    assert exempt
    seen = {
        name(file): {each for each in modules_imported(tree(file)) if each.startswith("edge")}
        for file in modules()
        if name(file).startswith((*NO_CAMERA, *PLOTS))
    }
    assert not {file: used for file, used in seen.items() if used - NO_PICTURES}
    assert not [
        name(file)
        for file in edge
        for each in modules_imported(tree(file))
        if each.startswith(
            ("placewatch.footage", "placewatch.doctor", "placewatch.bench", "placewatch.loadtest")
        )
    ]


@pytest.mark.parametrize(
    "code",
    [
        "from edge.redact.image import seal",
        "import edge.redact.image as i\ni.seal(picture, regions)",
        "i.DOOR",
        "RedactedImage(pixels, counts, door=door)",
        "RedactedImage.__new__(RedactedImage)",
        "RedactedClip(mp4, size=size, span=span, pictures=1, counts=counts, door=door)",
        "object.__new__(RedactedImage)",
        "getattr(i, 'DOOR')",
    ],
)
def test_the_search_for_makers_finds_them(code: str) -> None:
    assert makers(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "cv2.imwrite('x.png', frame)",
        "from cv2 import imencode",
        "write = cv2.imwrite",
        "frame.image.tofile('x')",
        "np.save('x', frame)",
        "frame.save('x.png')",
        "av.open('x.mp4', 'w')",
        "container.add_stream('libx264')",
        "container.add_stream_from_template(stream)",
        "av.VideoFrame.from_ndarray(image)",
        "picture.to_image()",
        "cv2.VideoWriter('x', 0, 25, size)",
    ],
)
def test_the_search_for_encoders_finds_them(code: str) -> None:
    assert encoders(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "Path('x').write_bytes(image.tobytes())",
        "open('x', 'wb')",
        "Path('x').open('ab')",
        "open('x', mode='w')",
        "tempfile.NamedTemporaryFile()",
    ],
)
def test_the_search_for_file_writes_finds_them(code: str) -> None:
    assert file_writes(ast.parse(code))


@pytest.mark.parametrize("code", ["open(path)", "path.open('rb')", "av.open(url)", "text.encode('utf-8')"])
def test_reading_is_no_writing(code: str) -> None:
    assert not file_writes(ast.parse(code))
    assert not encoders(ast.parse(code))
