"""Pictures are known by their bytes, measured without decoding them, and shown small within any bound."""

import io
import random
import struct
import time
import tracemalloc
import zlib
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image, ImageChops, PngImagePlugin

from darkroom.adapters.inputs import InputRefusedError, prepare
from darkroom.adapters.pictures import (
    NotAPictureError,
    Picture,
    decode,
    look,
    open_picture,
    resized,
    sniff,
)
from darkroom.adapters.thumbnails import contact_sheet, preview
from darkroom.catalog.limits import INPUT_COMPRESS_ABOVE_BYTES
from darkroom.errors import NOTHING_SENT


def gradient(width: int, height: int, mode: str = "RGB") -> Image.Image:
    bands = (Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L").rotate(90))
    image = Image.merge("RGB", bands)
    return resized(image, (width, height)).convert(mode)


def write(path: Path, image: Image.Image, form: str, **options: object) -> Path:
    image.save(path, form, **options)
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims any size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("PNG", "png"),
        ("JPEG", "jpeg"),
        ("WEBP", "webp"),
        ("GIF", "gif"),
        ("BMP", "bmp"),
        ("TIFF", "tiff"),
        ("AVIF", "avif"),
    ],
)
def test_every_format_is_known_by_its_first_bytes_whatever_its_name(tmp_path: Path, form: str, name: str) -> None:
    path = write(tmp_path / "picture.txt", gradient(40, 30), form)
    assert sniff(path.read_bytes()[:64]) == name
    assert look(path) == Picture(name, 40, 30, has_alpha=False)


def test_a_phones_heic_is_known_and_measured(tmp_path: Path) -> None:
    import_module("pillow_heif.HeifImagePlugin")
    path = write(tmp_path / "photo.jpg", gradient(64, 48), "HEIF")
    assert sniff(path.read_bytes()[:64]) == "heic"
    assert look(path) == Picture("heic", 64, 48, has_alpha=False)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"BM",
        b"BMW is a maker of cars, and no bitmap at all",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"-----BEGIN OPENSSH PRIVATE KEY-----",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
    ],
)
def test_what_is_no_picture_has_no_format(head: bytes) -> None:
    assert sniff(head) is None


def test_a_text_file_named_png_is_not_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_text("password=hunter2")
    with pytest.raises(NotAPictureError, match=r"'secret\.png' is not a picture"):
        look(path)


def test_a_format_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    path = tmp_path / "new.jxl"
    path.write_bytes(b"\xff\x0a" + bytes(60))
    with pytest.raises(NotAPictureError, match="JPEG XL file, which cannot be read"):
        look(path)


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(100_000, 100_000))
    with pytest.raises(NotAPictureError, match="claims more pixels"):
        look(path)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data", "ignore:Truncated File Read")  # Pillow's own
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_file_that_was_cut_off_is_damaged_and_no_other_error(tmp_path: Path, form: str) -> None:
    stream = io.BytesIO()
    Image.effect_noise((200, 200), 90).convert("RGB").save(stream, form)
    whole = stream.getvalue()
    for keep in (20, 100, len(whole) // 2):
        path = tmp_path / "cut"
        path.write_bytes(whole[:keep])
        with pytest.raises(NotAPictureError, match="damaged or was cut off"), open_picture(path) as image:
            decode(image, path)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's own, about damage that it can live with
@pytest.mark.parametrize("form", ["PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_damage_anywhere_gives_a_picture_or_the_one_named_error(tmp_path: Path, form: str) -> None:
    import_module("pillow_heif.HeifImagePlugin")
    stream = io.BytesIO()
    gradient(40, 30).save(stream, form)
    whole, chance, refused = stream.getvalue(), random.Random(form), 0  # noqa: S311 - damage, not a secret
    path = tmp_path / "damaged"
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 3, 9))):
            damaged[chance.randrange(min(len(damaged), 600))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            preview(path, tmp_path / "small", 32, 10_000)
        except NotAPictureError:
            refused += 1
    assert refused


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_preview_is_upright_for_every_orientation(tmp_path: Path, form: str, orientation: int) -> None:
    upright = Image.new("RGB", (80, 60), "white")
    upright.paste("red", (0, 0, 20, 20))  # the top left corner, as a person is to see it
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that stores it turned
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = write(tmp_path / "turned", stored, form, exif=exif)
    found = look(path)
    assert (found.orientation, found.upright_size) == (orientation, (80, 60))
    assert (found.width, found.height) == stored.size
    shown = preview(path, tmp_path / "small", 40, 100_000)
    assert (shown.width, shown.height) == (40, 30)
    with Image.open(tmp_path / "small") as small:
        corner, middle = small.convert("RGB").getpixel((4, 4)), small.convert("RGB").getpixel((30, 20))
    assert isinstance(corner, tuple)
    assert isinstance(middle, tuple)
    assert corner[0] > 200
    assert corner[1] < 80
    assert min(middle) > 200


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's own
def test_broken_exif_does_not_spoil_the_picture(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", gradient(20, 20), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert look(path) == Picture("jpeg", 20, 20, has_alpha=False)


def test_a_phones_jpeg_with_a_second_picture_is_an_mpo(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", gradient(40, 30), "MPO", save_all=True, append_images=[gradient(40, 30)])
    assert look(path).format == "mpo"


@pytest.mark.parametrize(("max_px", "max_bytes"), [(768, 100_000), (768, 12_000), (256, 3_000), (64, 1_500)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_preview_keeps_both_bounds(tmp_path: Path, mode: str, max_px: int, max_bytes: int) -> None:
    noise = Image.effect_noise((1200, 800), 80).convert(mode)
    if mode == "RGBA":
        noise.putalpha(resized(Image.linear_gradient("L"), noise.size))
    path = write(tmp_path / "a.png", noise, "PNG", compress_level=1)
    shown = preview(path, tmp_path / "b", max_px, max_bytes)
    assert max(shown.width, shown.height) <= max_px
    assert (tmp_path / "b").stat().st_size <= max_bytes
    assert look(tmp_path / "b") == shown
    assert shown.has_alpha == (mode == "RGBA")


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", gradient(30, 20), "PNG")
    assert preview(path, tmp_path / "b", 768, 100_000) == Picture("jpeg", 30, 20, has_alpha=False)


def test_an_alpha_channel_that_hides_nothing_makes_a_jpeg(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", gradient(30, 20, "RGBA"), "PNG")
    assert preview(path, tmp_path / "b", 768, 100_000).format == "jpeg"


def test_sixteen_bits_are_scaled_rather_than_clipped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", Image.new("I;16", (10, 10), 32_896), "PNG")
    preview(path, tmp_path / "b", 10, 10_000)
    with Image.open(tmp_path / "b") as small:
        assert small.convert("L").getpixel((5, 5)) == 128


@pytest.mark.parametrize("count", [1, 2, 3, 5, 10])
def test_a_contact_sheet_shows_every_picture_within_its_bounds(tmp_path: Path, count: int) -> None:
    colours = ["red", "green", "blue", "yellow", "purple", "orange", "cyan", "brown", "pink", "black"][:count]
    paths = [write(tmp_path / f"{c}.png", Image.new("RGB", (300, 200), c), "PNG") for c in colours]
    sheet = contact_sheet(paths, tmp_path / "sheet", 600, 60_000)
    assert max(sheet.width, sheet.height) <= 600
    assert (tmp_path / "sheet").stat().st_size <= 60_000
    with Image.open(tmp_path / "sheet") as image:
        for colour in colours:
            differs = ImageChops.difference(image.convert("RGB"), Image.new("RGB", image.size, colour)).convert("L")
            assert sum(differs.histogram()[:20]) > 300 * 200 // 100


@pytest.mark.parametrize("size", [(100_000, 100_000), (100_000, 10), (10, 100_000), (20_000, 20_000)])
def test_a_bomb_is_refused_by_its_header_in_little_memory(tmp_path: Path, size: tuple[int, int]) -> None:
    source = tmp_path / "bomb.png"
    source.write_bytes(png_header(*size))
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(InputRefusedError, match="claims"):
        prepare(source, tmp_path, "out", INPUT_COMPRESS_ABOVE_BYTES)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.perf_counter() - started < 1
    assert peak < 5_000_000


def test_a_comment_that_unfolds_without_end_is_refused_or_skipped(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "x" * 80_000_000, zip=True)
    source = write(tmp_path / "in", Image.new("RGB", (8, 8)), "PNG", pnginfo=text)
    with pytest.raises(InputRefusedError):
        prepare(source, tmp_path, "out", INPUT_COMPRESS_ABOVE_BYTES)


def test_a_truncated_file_is_refused_although_its_header_is_good(tmp_path: Path) -> None:
    stream = io.BytesIO()
    gradient(300, 200).save(stream, "JPEG")
    source = tmp_path / "in"
    source.write_bytes(stream.getvalue()[:-900])
    with pytest.raises(InputRefusedError, match="damaged or was cut off") as caught:
        prepare(source, tmp_path, "out", INPUT_COMPRESS_ABOVE_BYTES)
    assert str(caught.value).endswith(NOTHING_SENT)
