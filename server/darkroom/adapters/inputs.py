"""Making any picture that a caller hands over fit to be sent: where it may lie, what it may be, how large.

What is already fit is sent byte for byte. Everything else is decoded, turned upright, brought to 8-bit sRGB,
reduced, and written anew without metadata (docs.apiyi.com image-compression-resolution, 2026).
"""

import base64
import binascii
import io
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from PIL import Image, ImageCms

from darkroom.adapters.pictures import (
    SNIFF_BYTES,
    NotAPictureError,
    Picture,
    decode,
    eight_bit,
    open_picture,
    picture_of,
    resized,
    sniff,
    upright,
)
from darkroom.catalog import limits
from darkroom.errors import NOTHING_SENT, FolderError, RequestError

SentFormat = Literal["png", "jpeg", "webp"]

_SENT: Final[dict[str, SentFormat]] = {
    "png": "png",
    "jpeg": "jpeg",
    "webp": "webp",
    "bmp": "png",
    "tiff": "png",
    "gif": "png",
}
"""The form in which each format is sent; those that are not named are photographs and become JPEG."""

_EXTENSIONS: Final[dict[SentFormat, str]] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
_QUALITIES: Final = (limits.INPUT_JPEG_QUALITY, 85, 80)  # docs.apiyi.com advises 80 to 90
_LOW_QUALITIES: Final = (70, 55)  # for a picture that has to keep its size and would not be taken otherwise
_PLAIN_MODES: Final = frozenset({"RGB", "RGBA", "L"})
_ICC_MODES: Final = {b"RGB ": ("RGB", "RGBA"), b"GRAY": ("L",), b"CMYK": ("CMYK",)}
_ICC_SPACE_AT: Final = slice(16, 20)  # the profile's own colour space (ICC.1 specification, 7.2)
_PNG_DEPTH_AT: Final = 24  # offset of the bit depth in a PNG's first chunk (PNG specification, IHDR)

_OTHER_WAYS: Final = (
    "A picture that was pasted into or attached to a chat has no path here, and a path inside the chat's "
    "own sandbox means nothing on this computer. Ask the user to save the picture to a file and give its "
    "absolute path, or give an https URL, or the image_id of an earlier picture."
)


class InputRefusedError(RequestError):
    """A picture or mask that will not be sent: no picture, too large, or not where it may be read."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture that is fit to be sent."""

    path: Path
    """The source itself if nothing had to be changed."""
    format: SentFormat
    width: int
    """In pixels, upright."""
    height: int
    bytes: int
    changes: tuple[str, ...]
    """What was changed, as plain-English clauses for warnings; empty if the file is sent byte for byte."""


def check_readable(path: str | Path, allowed: Sequence[Path]) -> Path:
    """Return the real path of the picture at `path`, which may start with `~` or `file://`.

    With `allowed` folders it must lie inside one of them after all links are followed. Only the first bytes
    are read: that they begin like a picture keeps other files from being copied at all.

    Raises:
        FolderError: If it lies outside `allowed`. Nothing was read.
        InputRefusedError: If it is missing, relative, no regular file, too large, or no picture.
    """
    shown = str(path)
    asked = _local_path(shown)
    try:
        real = asked.resolve()
        if allowed and not any(real.is_relative_to(folder.expanduser().resolve()) for folder in allowed):
            raise FolderError(
                f"{shown!r} lies outside the folders that pictures may be read from: "
                f"{', '.join(str(folder) for folder in allowed)}. "
                f"Copy it there, or widen DARKROOM_INPUT_DIRS. {NOTHING_SENT}"
            )
        status = real.stat()
        _refuse_odd_file(shown, status.st_mode, status.st_size)
        with real.open("rb") as stream:
            head = stream.read(SNIFF_BYTES)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise refused(f"{shown!r} does not exist.", _OTHER_WAYS) from exc
    except (OSError, RuntimeError, ValueError) as exc:  # no permission, a circle of links, a zero byte
        raise refused(f"{shown!r} cannot be read: {exc}.", _OTHER_WAYS) from exc
    if sniff(head) is None:
        raise refused(
            f"{shown!r} is not a picture: its bytes begin like no picture format, whatever its name says.",
            "Give a PNG, JPEG, WebP, HEIC, AVIF, GIF, BMP or TIFF file.",
        )
    return real


def decode_data_url(text: str, max_bytes: int) -> bytes:
    """Return the bytes of a `data:` URL that holds a picture in base64.

    Raises:
        InputRefusedError: If it is malformed, larger than `max_bytes`, or holds no picture.
    """
    header, comma, payload = text.partition(",")
    shown = repr(header[:60])
    if not comma or not header.lower().startswith("data:") or not header.lower().endswith(";base64"):
        raise refused(f"The data URL {shown} is malformed.", "It must read data:image/png;base64,…")
    payload = "".join((unquote(payload) if "%" in payload else payload).split()).rstrip("=")
    if len(payload) * 3 // 4 > max_bytes:
        raise refused(f"The data URL {shown} holds more than {_megabytes(max_bytes)}.", "Give a smaller picture.")
    try:
        found = base64.b64decode(payload + "=" * (-len(payload) % 4), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise refused(f"The data URL {shown} is not valid base64.", "It may have been cut off.") from exc
    if sniff(found[:SNIFF_BYTES]) is None:
        raise refused(f"The data URL {shown} holds no picture.", "It may have been cut off.")
    return found


def budgets(sizes_bytes: Sequence[int]) -> list[int]:
    """Target size in bytes for each of several pictures: what is larger is compressed before it is sent."""
    if not sizes_bytes:
        return []
    share = limits.INPUT_COMPRESS_ABOVE_BYTES
    if sum(sizes_bytes) > limits.INPUT_TOTAL_BYTES:
        share = max(limits.INPUT_PER_IMAGE_MIN_BYTES, min(share, limits.INPUT_TOTAL_BYTES // len(sizes_bytes)))
    return [share] * len(sizes_bytes)


def prepare(source: Path, folder: Path, name: str, budget_bytes: int, *, keep_size: bool = False) -> Prepared:
    """Make the picture at `source` fit to be sent, as `folder/name` plus extension if it has to be changed.

    A changed picture has at most `INPUT_MAX_LONG_EDGE` pixels a side, and about `budget_bytes` where quality
    allows; none is above `INPUT_MAX_BYTES`. With `keep_size` its pixels are never reduced.

    Raises:
        InputRefusedError: If it cannot be decoded or has too many pixels. Nothing was sent.
    """
    try:
        with open_picture(source) as image:
            found = picture_of(image)
            refuse_huge(found)
            size_bytes = source.stat().st_size
            changes = _conversions(image, found, source)
            fit = found.format in _EXTENSIONS and not changes
            if fit and size_bytes <= budget_bytes:
                decode(image, source)
                return _as_it_is(source, found, size_bytes)
            pixels = _pixels(image, source, found, limits.INPUT_MAX_EDGE if keep_size else limits.INPUT_MAX_LONG_EDGE)
    except NotAPictureError as exc:
        raise refused(str(exc), "Give another picture.") from exc
    sent = _encode(pixels, _SENT.get(found.format, "jpeg"), budget_bytes, keep_size=keep_size)
    if fit and len(sent.content) >= size_bytes and size_bytes <= limits.INPUT_MAX_BYTES:
        return _as_it_is(source, found, size_bytes)
    dest = folder / (name + _EXTENSIONS[sent.format])
    dest.write_bytes(sent.content)
    changes += _reductions(found, size_bytes, budget_bytes, sent)
    return Prepared(dest, sent.format, *sent.size, len(sent.content), tuple(changes))


@dataclass(frozen=True, slots=True)
class _Encoded:
    format: SentFormat
    size: tuple[int, int]
    content: bytes


def _as_it_is(source: Path, found: Picture, size_bytes: int) -> Prepared:
    return Prepared(source, _SENT[found.format], found.width, found.height, size_bytes, ())


def _local_path(text: str) -> Path:
    """Read an absolute path, one below `~`, or a `file://` address."""
    if text.lower().startswith("file:"):
        address = urlsplit(text)
        if address.netloc not in ("", "localhost"):
            raise refused(f"{text!r} names another computer.", "Give an absolute path on this one.")
        text = unquote(address.path)
    try:
        path = Path(text).expanduser()
    except RuntimeError as exc:
        raise refused(f"{text!r} names a home folder that does not exist.", "Give an absolute path.") from exc
    if not path.is_absolute():
        raise refused(f"{text!r} is not an absolute path.", _OTHER_WAYS)
    return path


def _refuse_odd_file(shown: str, mode: int, size_bytes: int) -> None:
    """Refuse what is no regular file (a pipe would never end), what is empty and what is too large."""
    if stat.S_ISDIR(mode):
        raise refused(f"{shown!r} is a folder.", "Give the path of one picture in it.")
    if not stat.S_ISREG(mode):
        raise refused(f"{shown!r} is a pipe, socket or device, not a file.", "Give a picture file.")
    if size_bytes == 0:
        raise refused(f"{shown!r} is empty.", "Give another file.")
    if size_bytes > limits.INPUT_DOWNLOAD_MAX_BYTES:
        raise refused(
            f"{shown!r} has {_megabytes(size_bytes)}.",
            f"At most {_megabytes(limits.INPUT_DOWNLOAD_MAX_BYTES)} are read: save it smaller.",
        )


def refuse_huge(found: Picture) -> None:
    """Refuse by the header what would take too much memory to decode."""
    if max(found.width, found.height) > limits.INPUT_MAX_EDGE or found.width * found.height > limits.INPUT_MAX_PIXELS:
        raise refused(
            f"The picture claims {found.width}x{found.height} pixels.",
            f"At most {limits.INPUT_MAX_EDGE} a side and {limits.INPUT_MAX_PIXELS} in all are decoded: "
            "give a smaller one.",
        )


def _conversions(image: Image.Image, found: Picture, source: Path) -> list[str]:
    """Say what has to be changed beside format and size; read from the header."""
    clauses: list[str] = []
    if found.orientation != 1:
        clauses.append("turned upright")
    if _is_deep(image, found, source):
        clauses.append("reduced to 8 bits per channel")
    elif image.mode == "CMYK":
        clauses.append("colours converted from CMYK to sRGB")
    elif image.mode not in _PLAIN_MODES or "transparency" in image.info:
        clauses.append(f"colour mode converted to {'RGBA' if found.has_alpha else 'RGB'}")
    profile = _foreign_profile(image)
    if profile is not None and image.mode != "CMYK":
        clauses.append(f"colours converted from {_profile_name(profile)} to sRGB")
    if getattr(image, "n_frames", 1) > 1 if found.format in ("png", "webp", "avif") else "loop" in image.info:
        clauses.append("only its first frame is used")
    return clauses


def _is_deep(image: Image.Image, found: Picture, source: Path) -> bool:
    """Whether the picture has more than 8 bits per channel; Pillow hides it where a PNG is in colour."""
    if found.format != "png":
        return image.mode.startswith(("I", "F"))
    with source.open("rb") as stream:
        return stream.read(_PNG_DEPTH_AT + 1)[_PNG_DEPTH_AT] == 16


def _foreign_profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """Return the colour profile of `image`; None if it has none, an unreadable one, or sRGB."""
    embedded = image.info.get("icc_profile")
    if not isinstance(embedded, bytes) or not embedded:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return None if "srgb" in _profile_name(profile).lower() else profile


def _profile_name(profile: ImageCms.ImageCmsProfile) -> str:
    try:
        return ImageCms.getProfileDescription(profile).strip()[:60] or "another colour space"
    except ImageCms.PyCMSError:
        return "another colour space"


def _pixels(image: Image.Image, source: Path, found: Picture, max_edge: int) -> Image.Image:
    """Decode `image` to upright 8-bit sRGB of at most `max_edge` a side."""
    scale = min(1.0, max_edge / max(found.width, found.height))
    size = (max(1, round(found.width * scale)), max(1, round(found.height * scale)))
    if scale < 1:
        image.draft(None, size)  # lets the JPEG decoder do most of the shrinking
    decode(image, source)
    work = image if image.mode in (*_PLAIN_MODES, "CMYK") and "transparency" not in image.info else eight_bit(image)
    if work.size != size:
        work = resized(work, size)
    work = upright(eight_bit(to_srgb(work)), found.orientation)
    if work.mode == "RGBA" and work.getchannel("A").getextrema() == (255, 255):
        work = work.convert("RGB")
    work = work.copy() if work is image else work
    work.info = {}  # Pillow would write the old profile and comments again
    return work


def to_srgb(image: Image.Image) -> Image.Image:
    """Convert a decoded `image` from its own colour profile, if it has one that belongs to it."""
    profile = _foreign_profile(image)
    return image if profile is None or not _belongs(profile, image.mode) else _converted(image, profile, _srgb())


def from_srgb(image: Image.Image, embedded: bytes) -> Image.Image:
    """Convert an 8-bit `RGB` or `RGBA` picture from sRGB to the `embedded` profile, if that is for RGB."""
    holder = Image.new("RGB", (1, 1))
    holder.info["icc_profile"] = embedded
    profile = _foreign_profile(holder)
    return image if profile is None or not _belongs(profile, "RGB") else _converted(image, _srgb(), profile)


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.core.createProfile("sRGB"))


def _belongs(profile: ImageCms.ImageCmsProfile, mode: str) -> bool:
    return mode in _ICC_MODES.get(profile.tobytes()[_ICC_SPACE_AT], ())


def _converted(image: Image.Image, source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile) -> Image.Image:
    with suppress(ImageCms.PyCMSError):
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, source, target, outputMode=mode) or image
    return image


def _encode(image: Image.Image, form: SentFormat, budget_bytes: int, *, keep_size: bool) -> _Encoded:
    """Write `image` as `form` within `budget_bytes` if possible, never above `INPUT_MAX_BYTES`."""
    best: _Encoded | None = None
    for candidate in _candidates(image, form, budget_bytes, keep_size=keep_size):
        if best is None or len(candidate.content) < len(best.content):
            best = candidate
        if len(best.content) <= budget_bytes:
            break
    if best is not None and len(best.content) <= limits.INPUT_MAX_BYTES:
        return best
    if keep_size:
        raise refused(
            f"The picture of {image.width}x{image.height} has to keep its size, but then takes more than "
            f"{_megabytes(limits.INPUT_MAX_BYTES)}, the most that the gateway takes.",
            "Give a smaller one.",
        )
    smaller = resized(image, (max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)))
    return _encode(smaller, form, budget_bytes, keep_size=False)


def _candidates(image: Image.Image, form: SentFormat, budget_bytes: int, *, keep_size: bool) -> Iterator[_Encoded]:
    """Yield ways to write `image`, the best first: its own form, then what is smaller."""
    clear = image.mode == "RGBA"
    if (form == "png" and (clear or _png_may_fit(image, budget_bytes))) or (clear and form == "jpeg"):
        yield _encoded(image, "png")
        if clear and not keep_size:
            return  # a smaller PNG shows hard edges better than a WebP
    lossy: SentFormat = "webp" if clear or form == "webp" else "jpeg"
    for quality in (*_QUALITIES, *(_LOW_QUALITIES if keep_size else ())):
        yield _encoded(image, lossy, quality=quality)


def _png_may_fit(image: Image.Image, budget_bytes: int) -> bool:
    """Whether a well packed PNG may keep the budget; of a photograph a quick one tells in a quarter of the time."""
    return len(_encoded(image, "png", compress_level=1).content) <= 2 * budget_bytes


def _encoded(image: Image.Image, form: SentFormat, **options: int) -> _Encoded:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return _Encoded(form, image.size, stream.getvalue())


def _reductions(found: Picture, size_bytes: int, budget_bytes: int, sent: _Encoded) -> list[str]:
    """Say how what is sent differs from what was given in format, pixels or, failing these, bytes."""
    clauses: list[str] = []
    if found.format != sent.format:
        clauses.append(f"converted from {found.format.upper()} to {sent.format.upper()}")
    width, height = found.upright_size
    if sent.size != (width, height):
        clauses.append(f"reduced from {width}x{height} to {sent.size[0]}x{sent.size[1]}")
    elif not clauses and budget_bytes < size_bytes > len(sent.content):
        clauses.append(f"compressed from {_megabytes(size_bytes)} to {_megabytes(len(sent.content))}")
    return clauses


def _megabytes(count: int) -> str:
    return f"{count / 1_048_576:.3g} MB"


def refused(what: str, way_out: str) -> InputRefusedError:
    """Word a refusal: what is wrong, what to do instead, and that nothing was sent."""
    return InputRefusedError(f"{what} {way_out} {NOTHING_SENT}")
