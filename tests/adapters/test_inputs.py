"""Any picture can be handed over: what is fit is sent byte for byte, the rest converted; no other file is read."""

import base64
import os
import struct
import zlib
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from darkroom.adapters.inputs import (
    InputRefusedError,
    Prepared,
    budgets,
    check_readable,
    decode_data_url,
    prepare,
)
from darkroom.adapters.pictures import look, resized
from darkroom.catalog import limits
from darkroom.errors import NOTHING_SENT, FolderError

BUDGET = limits.INPUT_COMPRESS_ABOVE_BYTES


def write(path: Path, image: Image.Image, form: str, **options: object) -> Path:
    image.save(path, form, **options)
    return path


def photo(width: int, height: int) -> Image.Image:
    """Something as hard to compress as a photograph."""
    grain = Image.effect_noise((width, height), 40)
    bands = (
        grain,
        resized(Image.linear_gradient("L"), grain.size),
        grain.transpose(Image.Transpose.ROTATE_180),
    )
    return Image.merge("RGB", bands)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def opened(prepared: Prepared) -> Image.Image:
    with Image.open(prepared.path) as image:
        image.load()
        return image


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


# Untouched


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_what_is_fit_is_sent_byte_for_byte(tmp_path: Path, form: str, mode: str) -> None:
    if (form, mode) in {("JPEG", "RGBA"), ("WEBP", "L")}:
        return
    image = Image.new(mode, (50, 40), 7)
    if mode == "RGBA":
        image.putalpha(100)
    source = write(tmp_path / "in", image, form)
    before = source.read_bytes()
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert prepared == Prepared(source, prepared.format, 50, 40, len(before), ())
    assert prepared.format == form.lower()
    assert source.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_srgb_profile_is_no_reason_to_touch_a_file(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.core.createProfile("sRGB")).tobytes()
    source = write(tmp_path / "in", photo(50, 40), "JPEG", icc_profile=srgb)
    assert prepare(source, tmp_path, "out", BUDGET).path == source


# Converted


def test_a_heic_becomes_a_jpeg(tmp_path: Path) -> None:
    import_module("pillow_heif.HeifImagePlugin")
    source = write(tmp_path / "in", Image.new("RGB", (64, 48), (200, 30, 30)), "HEIF")
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert prepared.changes == ("converted from HEIC to JPEG",)
    assert (prepared.path.name, prepared.format, prepared.width, prepared.height) == (
        "out.jpg",
        "jpeg",
        64,
        48,
    )
    assert all(abs(a - b) < 12 for a, b in zip(pixel(opened(prepared), 30, 20), (200, 30, 30), strict=True))


@pytest.mark.parametrize(
    ("form", "sent"), [("AVIF", "jpeg"), ("GIF", "png"), ("BMP", "png"), ("TIFF", "png"), ("MPO", "jpeg")]
)
def test_formats_that_the_gateway_refuses_are_converted(tmp_path: Path, form: str, sent: str) -> None:
    options: dict[str, object] = {"save_all": True, "append_images": [photo(64, 48)]} if form == "MPO" else {}
    source = write(tmp_path / "in", photo(64, 48), form, **options)
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert prepared.format == sent
    assert prepared.changes[-1] == f"converted from {form} to {sent.upper()}"
    assert (look(prepared.path).format, prepared.width, prepared.height) == (sent, 64, 48)
    assert prepared.bytes == prepared.path.stat().st_size


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_sent(tmp_path: Path, form: str) -> None:
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "green", "blue")]
    source = write(tmp_path / "in", frames[0], form, save_all=True, append_images=frames[1:], duration=100, loop=0)
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert "only its first frame is used" in prepared.changes
    red, green, blue = pixel(opened(prepared).convert("RGB"), 10, 10)
    assert red > 240
    assert max(green, blue) < 15
    assert look(prepared.path).format == prepared.format
    assert getattr(opened(prepared), "n_frames", 1) == 1


@pytest.mark.parametrize("orientation", range(2, 9))
def test_orientation_is_baked_in_and_metadata_dropped(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera maker"
    exif.get_ifd(0x8825)[1] = "N"
    stored = Image.new("RGB", (80, 60), "white")
    stored.paste("red", (0, 0, 20, 20))
    source = write(tmp_path / "in", stored, "JPEG", exif=exif, quality=95, comment=b"secret")
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert prepared.changes == ("turned upright",)
    assert (prepared.width, prepared.height) == ((80, 60) if orientation < 5 else (60, 80))
    sent = opened(prepared)
    corners = {
        "tl": (5, 5),
        "tr": (sent.width - 6, 5),
        "bl": (5, sent.height - 6),
        "br": (sent.width - 6, sent.height - 6),
    }
    red = [name for name, at in corners.items() if pixel(sent, *at)[1] < 90]
    assert red == [{2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}[orientation]]
    assert not sent.getexif()
    assert b"secret" not in prepared.path.read_bytes()
    assert b"Camera" not in prepared.path.read_bytes()


def test_cmyk_becomes_srgb(tmp_path: Path) -> None:
    source = write(tmp_path / "in", Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG", quality=95)
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert prepared.changes == ("colours converted from CMYK to sRGB",)
    red, green, blue = pixel(opened(prepared), 20, 20)
    assert red > 200
    assert max(green, blue) < 60


def test_a_broken_profile_does_not_spoil_the_picture(tmp_path: Path) -> None:
    source = write(tmp_path / "in", photo(40, 40), "PNG", icc_profile=b"no profile at all")
    assert prepare(source, tmp_path, "out", BUDGET).path == source


def test_sixteen_bit_grey_is_scaled_to_eight(tmp_path: Path) -> None:
    for form in ("PNG", "TIFF"):
        source = write(tmp_path / "in", Image.new("I;16", (20, 20), 32_896), form)
        prepared = prepare(source, tmp_path, "out", BUDGET)
        assert prepared.changes[0] == "reduced to 8 bits per channel"
        assert pixel(opened(prepared), 5, 5) == (128, 128, 128)


def test_sixteen_bit_colour_is_noticed_though_pillow_hides_it(tmp_path: Path) -> None:
    row = b"\0" + struct.pack(">HHHH", 65_535, 32_896, 0, 32_896) * 4
    source = tmp_path / "in"
    source.write_bytes(
        png(
            (b"IHDR", struct.pack(">IIBBBBB", 4, 4, 16, 6, 0, 0, 0)),
            (b"IDAT", zlib.compress(row * 4)),
            (b"IEND", b""),
        )
    )
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert prepared.changes == ("reduced to 8 bits per channel",)
    assert pixel(opened(prepared), 1, 1) == (255, 128, 0, 128)
    assert prepared.path.read_bytes()[24] == 8


def test_a_palette_with_transparency_keeps_its_alpha(tmp_path: Path) -> None:
    image = Image.new("P", (20, 20), 0)
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.paste(1, (10, 0, 20, 20))
    source = write(tmp_path / "in", image, "PNG", transparency=b"\x00\x80\xff")
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert prepared.changes == ("colour mode converted to RGBA",)
    sent = opened(prepared)
    assert pixel(sent, 5, 5)[3] == 0
    assert pixel(sent, 15, 5) == (0, 255, 0, 128)


def test_grey_with_alpha_and_a_transparent_colour_become_rgba(tmp_path: Path) -> None:
    grey = write(tmp_path / "grey", Image.new("LA", (20, 20), (90, 40)), "PNG")
    assert pixel(opened(prepare(grey, tmp_path, "out1", BUDGET)), 5, 5) == (90, 90, 90, 40)
    keyed = write(tmp_path / "keyed", Image.new("RGB", (20, 20), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert pixel(opened(prepare(keyed, tmp_path, "out2", BUDGET)), 5, 5)[3] == 0


# Reduced


def test_a_large_photo_is_reduced_to_the_long_edge_and_its_budget(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source = write(tmp_path / "in", photo(4000, 3000), "JPEG", quality=92, exif=exif)
    assert source.stat().st_size > BUDGET
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert (prepared.width, prepared.height, prepared.format) == (1536, 2048, "jpeg")
    assert prepared.changes == ("turned upright", "reduced from 3000x4000 to 1536x2048")
    assert prepared.bytes <= BUDGET


def test_a_photo_saved_as_png_becomes_a_jpeg_when_it_is_too_large(tmp_path: Path) -> None:
    source = write(tmp_path / "in", photo(1500, 1000), "PNG", compress_level=1)
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert prepared.format == "jpeg"
    assert prepared.changes == ("converted from PNG to JPEG",)
    assert prepared.bytes < source.stat().st_size


def test_a_large_flat_png_stays_a_png(tmp_path: Path) -> None:
    source = write(tmp_path / "in", Image.new("RGB", (2600, 1300), "teal"), "PNG", compress_level=0)
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert (prepared.format, prepared.width, prepared.height) == ("png", 2048, 1024)


def test_a_large_cut_out_stays_a_png_with_its_alpha(tmp_path: Path) -> None:
    image = photo(2400, 1200)
    image.putalpha(resized(Image.radial_gradient("L"), image.size))
    source = write(tmp_path / "in", image, "PNG", compress_level=0)
    prepared = prepare(source, tmp_path, "out", BUDGET)
    assert (prepared.format, prepared.width) == ("png", 2048)
    assert look(prepared.path).has_alpha
    assert prepared.bytes <= limits.INPUT_MAX_BYTES


def test_a_file_that_would_only_grow_is_sent_as_it_is(tmp_path: Path) -> None:
    source = write(tmp_path / "in", photo(900, 900), "JPEG", quality=30)
    prepared = prepare(source, tmp_path, "out", 1_000)
    assert prepared.path == source
    assert prepared.changes == ()


def test_keeping_the_size_lowers_quality_instead(tmp_path: Path) -> None:
    source = write(tmp_path / "in", photo(3000, 2000), "JPEG", quality=97)
    prepared = prepare(source, tmp_path, "out", BUDGET, keep_size=True)
    assert (prepared.width, prepared.height) == (3000, 2000)
    assert prepared.bytes < source.stat().st_size
    assert prepared.changes[0].startswith("compressed from ")


@pytest.mark.parametrize(
    ("sizes", "target"),
    [
        ([], None),
        ([9_000_000], BUDGET),
        ([1_000_000] * 6, BUDGET),
        ([2_000_000] * 8, limits.INPUT_TOTAL_BYTES // 8),
        ([2_000_000] * 16, limits.INPUT_TOTAL_BYTES // 16),
        ([2_000_000] * 40, limits.INPUT_PER_IMAGE_MIN_BYTES),
    ],
)
def test_several_pictures_share_the_total(sizes: list[int], target: int | None) -> None:
    assert budgets(sizes) == ([] if target is None else [target] * len(sizes))


# Refused


def test_a_text_file_named_png_is_refused_before_it_is_copied(tmp_path: Path) -> None:
    secret = tmp_path / "picture.png"
    secret.write_text("-----BEGIN OPENSSH PRIVATE KEY-----")
    with pytest.raises(InputRefusedError, match="not a picture"):
        check_readable(secret, [])
    with pytest.raises(InputRefusedError, match="not a picture"):
        prepare(secret, tmp_path, "out", BUDGET)


def test_a_path_that_does_not_exist_explains_pasted_pictures(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", Path("/mnt/user-data/uploads/photo.png")):
        with pytest.raises(InputRefusedError) as caught:
            check_readable(path, [])
        for words in ("does not exist", "pasted", "absolute path", "https URL", "image_id", NOTHING_SENT):
            assert words in str(caught.value)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("photo.png", "not an absolute path"),
        ("./photo.png", "not an absolute path"),
        ("C:\\photo.png", "not an absolute path"),
        ("", "not an absolute path"),
        ("~nobody-of-this-name/photo.png", "home folder that does not exist"),
        ("file://server/share/photo.png", "another computer"),
        ("/dev/null", "pipe, socket or device"),
        ("/tmp", "is a folder"),  # noqa: S108 - any folder will do
        ("/a\0b", "cannot be read"),
        ("/" + "a" * 5000, "cannot be read"),
    ],
)
def test_odd_paths_are_refused_in_words(path: str, words: str) -> None:
    with pytest.raises(InputRefusedError, match=words):
        check_readable(path, [])


def test_a_fifo_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    with pytest.raises(InputRefusedError, match="pipe, socket or device"):
        check_readable(pipe, [])


def test_empty_and_enormous_files_are_refused_unread(tmp_path: Path) -> None:
    empty, enormous = tmp_path / "empty.png", tmp_path / "enormous.png"
    empty.touch()
    with enormous.open("wb") as stream:
        stream.truncate(60 * 1024 * 1024)
    with pytest.raises(InputRefusedError, match="is empty"):
        check_readable(empty, [])
    with pytest.raises(InputRefusedError, match="60 MB"):
        check_readable(enormous, [])


def test_only_allowed_folders_are_read_links_followed(tmp_path: Path) -> None:
    allowed, outside = tmp_path / "allowed", tmp_path / "outside"
    allowed.mkdir()
    outside.mkdir()
    inner, outer = (write(folder / "a.png", photo(8, 8), "PNG") for folder in (allowed, outside))
    (allowed / "link.png").symlink_to(outer)
    (outside / "back.png").symlink_to(inner)
    (allowed / "circle.png").symlink_to(allowed / "circle.png")
    assert check_readable(inner, [allowed]) == inner.resolve()
    assert check_readable(outside / "back.png", [allowed]) == inner.resolve()
    assert check_readable(outer, []) == outer.resolve()
    for path in (outer, allowed / "link.png", allowed / ".." / "outside" / "a.png", outside / "no.png"):
        with pytest.raises(FolderError, match="DARKROOM_INPUT_DIRS"):
            check_readable(path, [allowed])
    with pytest.raises(InputRefusedError):
        check_readable(allowed / "circle.png", [allowed])


def test_file_addresses_are_accepted(tmp_path: Path) -> None:
    path = write(tmp_path / "my photo ü.png", photo(8, 8), "PNG")
    assert check_readable(path.as_uri(), [tmp_path]) == path.resolve()
    assert check_readable(f"file://localhost{path}", []) == path.resolve()


# Data URLs


def data_url(content: bytes, mime: str = "image/png") -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def test_a_data_url_gives_its_bytes_however_it_is_wrapped(tmp_path: Path) -> None:
    content = write(tmp_path / "a", photo(31, 17), "PNG").read_bytes()
    url = data_url(content)
    wrapped = url[:40] + "\n" + url[40:90] + " \r\n" + url[90:]
    for text in (
        url,
        wrapped,
        url.rstrip("="),
        url.replace("+", "%2B").replace("=", "%3D"),
        url.replace("data:", "DATA:"),
    ):
        assert decode_data_url(text, 10_000_000) == content


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("data:image/png,abc", "malformed"),
        ("data:image/png;base64", "malformed"),
        ("data:image/png;base64,", "holds no picture"),
        ("data:image/png;base64,????", "not valid base64"),
        ("data:image/png;base64,A", "not valid base64"),
        (data_url(b"just some text, no picture"), "holds no picture"),
        (data_url(b"\x89PNG\r\n\x1a\n" + bytes(2000)), "holds more than"),
    ],
)
def test_a_data_url_that_holds_no_picture_is_refused_without_repeating_it(text: str, words: str) -> None:
    with pytest.raises(InputRefusedError, match=words) as caught:
        decode_data_url(text, 1000)
    assert len(str(caught.value)) < 300
