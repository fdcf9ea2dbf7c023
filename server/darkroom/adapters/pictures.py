"""Reading pictures: what they are by their bytes, their size, their pixels.

Rule 1: every picture that Darkroom decodes, its own results too, is opened here, with the formats and bounds
below, so that a bomb or a damaged file ends in one named error.
Rule 2: the header is read first; nothing is decoded before its size is known.
"""

import struct
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast

from PIL import ExifTags, Image

from darkroom.catalog.limits import PIXELS_MAX_EDGE
from darkroom.errors import DarkroomError

Image.MAX_IMAGE_PIXELS = PIXELS_MAX_EDGE * PIXELS_MAX_EDGE
# Pillow's own knob against bombs: it warns above and refuses above twice this. Its default is below the
# largest picture that `deliver` makes; what comes from outside is held to the smaller bounds of `inputs`.

_PILLOW_NAMES: Final = {
    "png": "PNG",
    "jpeg": "JPEG",
    "webp": "WEBP",
    "gif": "GIF",
    "bmp": "BMP",
    "tiff": "TIFF",
    "avif": "AVIF",
    "heic": "HEIF",
}
"""The formats that are read, by the names that `sniff` gives; no other decoder of Pillow is ever reached."""

_SHOWN_NAMES: Final = {"ico": "icon", "jxl": "JPEG XL", "jp2": "JPEG 2000", "psd": "Photoshop"}

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\0\0\1\0", "ico"),
    (b"8BPS\0\1", "psd"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cJXL ", "jxl"),
    (b"\0\0\0\x0cjP  ", "jp2"),
)
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"heif", b"mif1", b"msf1"}
)
_BMP_HEADER_SIZES: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})

SNIFF_BYTES: Final = 64
"""How much of a file `sniff` needs to see: the longest signature with its list of brands."""

SIDEWAYS: Final = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_BROKEN_BYTES: Final = (struct.error, zlib.error, EOFError, SyntaxError)
_DAMAGE: Final = (*_BROKEN_BYTES, OSError, ValueError, LookupError, TypeError, ArithmeticError, RuntimeError)
"""What Pillow's decoders raise on damaged files; too little memory is not among it on purpose."""


class NotAPictureError(DarkroomError):
    """The bytes are no picture that can be read: text, a damaged or cut-off file, or a bomb."""

    code = "not_an_image"


@dataclass(frozen=True, slots=True)
class Picture:
    """What the header of a picture says."""

    format: str
    """As `sniff` names it; `mpo` for a JPEG that holds several pictures."""
    width: int
    """In pixels, as stored: before `orientation` is applied."""
    height: int
    has_alpha: bool
    """Whether there is an alpha channel or a transparent colour, not whether any pixel uses it."""
    orientation: int = 1
    """EXIF orientation, 1 to 8; 1 is upright."""

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height as a person sees them, in pixels."""
        return (self.height, self.width) if self.orientation in SIDEWAYS else (self.width, self.height)


def sniff(head: bytes) -> str | None:
    """Name the picture format that `head`, the first `SNIFF_BYTES` of a file, begins; None if there is none.

    A name does not promise that it can be decoded: `ico`, `jxl`, `jp2` and `psd` are known and refused.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"BM" and len(head) >= 18 and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "bmp"
    return _sniff_brands(head) if head[4:8] == b"ftyp" else None


def look(path: Path) -> Picture:
    """Read the header of the picture at `path`, whatever its name; the pixels are not decoded.

    Raises:
        NotAPictureError: If it is no picture, of a format that cannot be read, or too large to be one.
    """
    with open_picture(path) as image:
        return picture_of(image)


@contextmanager
def open_picture(path: Path) -> Generator[Image.Image]:
    """Open the picture at `path` with only its header read; `decode` reads the pixels.

    Raises:
        NotAPictureError: If it is no picture of a format that can be read, or claims too many pixels.
    """
    with path.open("rb") as stream:
        name = sniff(stream.read(SNIFF_BYTES))
    if name is None:
        raise NotAPictureError(f"{path.name!r} is not a picture: its bytes begin like no picture format.")
    if name not in _PILLOW_NAMES:
        shown = _SHOWN_NAMES.get(name, name)
        raise NotAPictureError(f"{path.name!r} is a {shown} file, which cannot be read. Save it as PNG or JPEG.")
    if name == "heic":
        import_module("pillow_heif.HeifImagePlugin")  # late: it takes time to load, and few pictures need it
    with _naming_damage(path):
        image = Image.open(path, formats=[_PILLOW_NAMES[name], *(("MPO",) if name == "jpeg" else ())])
    with image:
        yield image


def decode(image: Image.Image, path: Path) -> None:
    """Read the pixels of `image`, which `open_picture` opened at `path`.

    Raises:
        NotAPictureError: If they are damaged or end too early.
    """
    with _naming_damage(path):
        image.load()


@contextmanager
def _naming_damage(path: Path) -> Generator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise NotAPictureError(
            f"{path.name!r} claims more pixels than any picture that Darkroom handles, "
            f"{PIXELS_MAX_EDGE}x{PIXELS_MAX_EDGE}."
        ) from exc
    except _DAMAGE as exc:
        raise NotAPictureError(
            f"{path.name!r} begins like a picture but cannot be decoded: it is damaged or was cut off."
        ) from exc


def picture_of(image: Image.Image) -> Picture:
    """Describe an `image` that was opened but need not be decoded."""
    return Picture(
        format=_format(image),
        width=image.width,
        height=image.height,
        has_alpha=image.has_transparency_data,
        orientation=orientation_of(image),
    )


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation that is still to be applied to `image`, 1 to 8; read from the header only."""
    if image.format in ("TIFF", "HEIF"):
        return 1  # their decoders turn the pixels themselves
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # Pillow would decode the whole picture to look for one behind the pixels
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _DAMAGE:
        return 1  # broken EXIF does not spoil the picture
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn `image` as its EXIF `orientation` asks; returned as it is if that is 1."""
    return image if orientation == 1 else image.transpose(_TURNS[orientation])


def resized(
    image: Image.Image,
    size: tuple[int, int],
    resample: Image.Resampling = Image.Resampling.LANCZOS,
    box: tuple[float, float, float, float] | None = None,
) -> Image.Image:
    """Scale `image`, or its part within `box`, to `size` in pixels; a large shrink in two quick steps."""
    gap = 3.0 if resample is Image.Resampling.LANCZOS else None
    return cast("_Typed", image).resize(size, resample, box, gap)


def eight_bit(image: Image.Image) -> Image.Image:
    """Return `image` as 8-bit `RGB`, or `RGBA` if it has any transparency; the colours are not managed."""
    if image.mode in ("RGB", "RGBA") and "transparency" not in image.info:
        return image
    if image.mode.startswith("I;16"):
        image = _scaled(image, 1 / 257)
    elif image.mode in ("I", "F"):
        image = _scaled(image, _wide_scale(image))
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


class _Typed(Protocol):
    """The part of `Image` whose own types name a library that is not installed."""

    def resize(
        self,
        size: tuple[int, int],
        resample: int,
        box: tuple[float, float, float, float] | None,
        reducing_gap: float | None,
    ) -> Image.Image: ...

    def point(self, lut: Callable[[float], float]) -> Image.Image: ...


def _wide_scale(image: Image.Image) -> float:
    """Which factor brings 32-bit values to 8 bits: files hold 8 or 16 bits in them, or fractions of 1."""
    top = max(extremes(image))
    if image.mode == "F" and top <= 1.0:
        return 255.0
    return 1.0 if top <= 255 else 1 / 257


def extremes(image: Image.Image) -> tuple[float, float]:
    """Lowest and highest value of an `image` of one channel."""
    low, high = image.getextrema()
    return (float(low), float(high)) if isinstance(low, int | float) and isinstance(high, int | float) else (0, 0)


def _scaled(image: Image.Image, factor: float) -> Image.Image:
    """Multiply every value of a wide greyscale `image` and clip to 8 bits; a transparent grey is kept."""
    grey = image.info.get("transparency")
    narrow = cast("_Typed", image.convert("F")).point(lambda value: value * factor + 0.5).convert("L")
    if isinstance(grey, int):
        narrow.info["transparency"] = int(grey * factor + 0.5)
    return narrow


def _sniff_brands(head: bytes) -> str | None:
    """Tell AVIF from HEIC by the brands of an ISO media file; other brands are films, say."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else None


def _format(image: Image.Image) -> str:
    if image.format in ("JPEG", "MPO"):
        # A gain map or a second view makes an MPO of a phone's JPEG, which the gateway refuses.
        return "mpo" if "mp" in image.info else "jpeg"
    return next((name for name, pillow in _PILLOW_NAMES.items() if pillow == image.format), "")
