"""Previews are made once and kept: the second look reads a small file and decodes nothing."""

import io
import threading
from dataclasses import replace
from pathlib import Path

from PIL import Image as Pillow

from darkroom.core.records import Image
from darkroom.service.previews import Previews

MANY_BYTES = 72_000


def a_picture(folder: Path, number: int, colour: str) -> Image:
    """Save a picture of one colour and return its row."""
    path = folder / f"{number}.png"
    Pillow.new("RGB", (900, 600), colour).save(path)
    return Image(
        image_id=f"img_{number:016}",
        job_id="job_1",
        call_id=f"call_{number}",
        created_at=0.0,
        kind="picture",
        path=str(path),
        format="png",
        width=900,
        height=600,
        bytes=path.stat().st_size,
        sha256="",
        prompt="",
        model="gpt-image-2",
        turn=1,
        root_id=f"img_{number:016}",
        derived_from=(),
        original_image_id="",
        requested_size="",
        source_url="",
        source_url_expires_at=None,
        charged_microusd=None,
        warnings=(),
    )


def shown(home: Path, images: list[Image], max_px: int = 300) -> bytes:
    """Return the preview of these pictures, which there must be."""
    made = Previews(home).find(images, max_px, MANY_BYTES)
    assert made is not None
    return made[0]


def spoil(image: Image) -> None:
    """Put other bytes of the same name in place of a picture: whoever decodes them fails."""
    Path(image.path).write_bytes(b"no picture at all")


def test_a_second_look_does_not_decode_the_picture_again(tmp_path: Path) -> None:
    image = a_picture(tmp_path, 1, "red")
    first = shown(tmp_path / "home", [image])
    spoil(image)
    assert shown(tmp_path / "home", [image]) == first
    assert Previews(tmp_path / "home").find([image], 200, MANY_BYTES) is None  # another size is another preview


def test_sheets_of_other_pictures_between_the_same_two_are_other_sheets(tmp_path: Path) -> None:
    red, green, blue, white = (
        a_picture(tmp_path, number, colour) for number, colour in enumerate(("red", "green", "blue", "white"))
    )
    one, other = shown(tmp_path, [red, green, white]), shown(tmp_path, [red, blue, white])
    assert one != other
    assert shown(tmp_path, [red, green, white]) == one


def test_callers_who_look_at_the_same_moment_all_get_a_whole_picture(tmp_path: Path) -> None:
    images = [a_picture(tmp_path, number, "teal") for number in range(4)]
    together = threading.Barrier(4)
    found: list[bytes] = []

    def look() -> None:
        together.wait(10)
        found.append(shown(tmp_path, images))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 4
    for data in found:
        with Pillow.open(io.BytesIO(data)) as sheet:
            sheet.load()
    assert [path.name[:4] for path in (tmp_path / "previews").iterdir()] == ["shee"]


def test_a_picture_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    image = a_picture(tmp_path, 1, "red")
    spoil(image)
    assert Previews(tmp_path).find([image], 300, MANY_BYTES) is None
    assert list((tmp_path / "previews").iterdir()) == []
    assert Previews(tmp_path).find([replace(image, path=str(tmp_path / "gone.png"))], 300, MANY_BYTES) is None


def test_a_sheet_is_made_of_the_copies_that_were_ready_and_looks_the_same(tmp_path: Path) -> None:
    images = [a_picture(tmp_path, number, colour) for number, colour in enumerate(("red", "green", "blue", "teal"))]
    plain = shown(tmp_path / "plain", images)
    previews = Previews(tmp_path / "ready")
    for image in images:
        previews.prepare(image, len(images), 300)
    made = previews.find(images, 300, MANY_BYTES)
    assert made is not None
    assert made[0] == plain
    # Of each, the header is all that is still read: the pixels may be gone.
    again = Previews(tmp_path / "again")
    for image in images:
        again.prepare(image, len(images), 300)
        whole = Path(image.path).read_bytes()
        Path(image.path).write_bytes(whole[: len(whole) // 2])
    made = again.find(images, 300, MANY_BYTES)
    assert made is not None
    assert made[0] == plain


def test_copies_made_ready_for_more_pictures_than_came_are_not_used(tmp_path: Path) -> None:
    images = [a_picture(tmp_path, number, "red") for number in range(3)]
    previews = Previews(tmp_path / "ready")
    for image in images:
        previews.prepare(image, 10, 300)
    made = previews.find(images, 300, MANY_BYTES)
    assert made is not None
    assert made[0] == shown(tmp_path / "plain", images)


def test_a_picture_that_is_gone_is_not_made_ready(tmp_path: Path) -> None:
    image = a_picture(tmp_path, 1, "red")
    Path(image.path).unlink()
    previews = Previews(tmp_path / "ready")
    previews.prepare(image, 2, 300)
    assert previews.find([image], 300, MANY_BYTES) is None
