"""Pictures from outside: what is taken, what is refused, and what is left of the file."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pictures

from central.api.door import PictureDoor
from edge.redact.redactor import Redactor
from edge.redact.upload import UploadDoor, UploadLimits, decode_upload
from placewatch.errors import RedactionError, UploadError
from tests.redact.fakes import Breaks, FakeFinder, FakeObjects, boxes, detections, noise, redactor


def file(kind: str, size: tuple[int, int] = (320, 240), mode: str = "RGB", **options: object) -> bytes:
    target = BytesIO()
    Pictures.new(mode, size).save(target, kind, **options)
    return target.getvalue()


def photo(size: tuple[int, int] = (320, 240), **options: object) -> bytes:
    target = BytesIO()
    Pictures.fromarray(noise(*size)).save(target, "JPEG", quality=95, **options)
    return target.getvalue()


def phone_exif(turn: int) -> Pictures.Exif:
    exif = Pictures.Exif()
    exif[0x0112] = turn
    exif[0x010F] = "A phone"
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 3.0)  # where it was taken
    return exif


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "I;16", "1", "LA"])
def test_png_of_every_kind_is_read(mode: str) -> None:
    assert decode_upload(file("PNG", mode=mode)).shape == (240, 320, 3)


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("WEBP", "RGB")]
)
def test_other_formats_are_read(kind: str, mode: str) -> None:
    assert decode_upload(file(kind, mode=mode)).shape == (240, 320, 3)


def test_a_phone_with_two_lenses_sends_one_picture() -> None:
    both = [Pictures.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    target = BytesIO()
    both[0].save(target, "MPO", save_all=True, append_images=both[1:])
    blue, _green, red = decode_upload(target.getvalue()).mean(axis=(0, 1))
    assert red > 200 > blue


def test_transparent_parts_are_white() -> None:
    assert decode_upload(file("PNG", mode="RGBA")).min() == 255


def test_a_photo_held_upright_is_turned_and_its_metadata_go() -> None:
    sent = photo(exif=phone_exif(6))
    assert b"A phone" in sent
    covered = UploadDoor(redactor()).cover(sent)
    assert (covered.width, covered.height) == (240, 320)
    assert b"Exif" not in covered.jpeg
    assert b"A phone" not in covered.jpeg
    with Pictures.open(BytesIO(covered.jpeg)) as back:
        assert back.size == (240, 320)
        assert not back.getexif()


def test_faces_heads_and_plates_are_covered() -> None:
    sent = noise(320, 240)
    target = BytesIO()
    Pictures.fromarray(sent).save(target, "PNG")
    door: PictureDoor = UploadDoor(
        redactor(persons=[(20, 20, 60, 140)], faces=[(200, 40, 240, 90)], plates=[(100, 150, 160, 170)])
    )
    covered = door.cover(target.getvalue())
    assert covered.blurred == 3
    back = np.asarray(Pictures.open(BytesIO(covered.jpeg)))
    for x1, y1, x2, y2 in [(24, 24, 56, 40), (204, 44, 236, 86), (104, 153, 156, 167)]:
        inside = np.abs(np.diff(back[y1:y2, x1:x2].astype(int), axis=1)).mean()
        assert inside < 0.25 * np.abs(np.diff(sent[y1:y2, x1:x2].astype(int), axis=1)).mean()


def test_a_large_photo_comes_out_small() -> None:
    covered = UploadDoor(redactor()).cover(file("JPEG", (6000, 4000)))
    assert (covered.width, covered.height) == (1920, 1280)
    assert len(covered.jpeg) < 1024 * 1024


def test_what_no_quality_makes_fit_is_made_smaller_and_says_so() -> None:
    door = UploadDoor(redactor(), UploadLimits(jpeg_bytes=20_000))
    covered = door.cover(photo((640, 480)))
    assert len(covered.jpeg) <= 20_000
    with Pictures.open(BytesIO(covered.jpeg)) as back:
        assert back.size == (covered.width, covered.height)
    assert covered.width < 640


REFUSED = [
    (b"", "the file is empty"),
    (b"\x00" * 100, "not a picture that is read here"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture that is read here"),
    (file("GIF"), "not a picture that is read here"),
    (photo()[:2000], "damaged or cut short"),
    (file("PNG")[:120], "damaged or cut short"),
    (file("PNG", (12000, 9000), mode="1"), "12000 x 9000 pixels, over the limit of 25 million"),
    (file("PNG", (30000, 30000), mode="1"), "more than 25 million pixels"),
    (file("JPEG", (20, 300)), "only 20 x 300 pixels"),
]


@pytest.mark.parametrize(("content", "words"), REFUSED)
def test_what_is_refused_is_told(content: bytes, words: str) -> None:
    with pytest.raises(UploadError, match=words) as refused:
        decode_upload(content)
    assert refused.value.remedy


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind: str) -> None:
    both = [Pictures.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    target = BytesIO()
    both[0].save(target, kind, save_all=True, append_images=both[1:])
    with pytest.raises(UploadError, match="holds 2 pictures"):
        decode_upload(target.getvalue())


def test_a_file_over_the_limit_is_not_even_opened() -> None:
    with pytest.raises(UploadError, match=r"0\.2 MB, over the limit of 0 MB"):
        decode_upload(b"\xff" * 200_000, UploadLimits(bytes=100_000))


def test_a_search_that_fails_keeps_the_picture_out() -> None:
    broken = Redactor(FakeObjects(detections()), Breaks(RuntimeError("no")), FakeFinder(boxes()))
    with pytest.raises(RedactionError):
        UploadDoor(broken).cover(photo())
