"""What is done to a picture that the model has made: the original put back, the size and format asked for."""

from pathlib import Path
from typing import Final, Literal

from PIL import Image, ImageStat

from darkroom.adapters.inputs import from_srgb, to_srgb
from darkroom.adapters.masks import keep_channel
from darkroom.adapters.pictures import (
    Picture,
    decode,
    eight_bit,
    look,
    open_picture,
    orientation_of,
    resized,
    upright,
)

Fit = Literal["cover", "contain", "stretch"]
DeliveryFormat = Literal["png", "jpeg", "webp"]

_SEE_THROUGH_UP_TO: Final = 25
"""Alpha of a pixel that a person takes for transparent: a tenth of full."""
_CUT_OUT_SHARE: Final = 0.01
"""A cut-out frees more of the picture than this; less is the model's noise at the edges."""
_FULL_COLOUR_FROM: Final = 90
"""JPEG quality from which colour is stored at full resolution too."""


def composite(original: Path, edited: Path, keep_mask: Path, dest: Path) -> Picture:
    """Put `original` back over `edited` wherever `keep_mask` keeps it, and write a PNG to `dest`.

    The result has the original's size, upright, and its mode, `RGB` or `RGBA`, and colour profile. Where
    the mask's alpha is 255 its pixels are exactly the original's (as converted, if that is not 8-bit RGB);
    where it is 0 the edit's, scaled; between, a blend. Where the edit is clear and the original cannot be,
    the original shows.

    Raises:
        NotAPictureError: If one of the three cannot be decoded.
    """
    base, profile = _decoded(original)
    change = resized(_decoded(edited)[0], base.size)
    if profile is not None:
        change = from_srgb(change, profile)
    if change.mode == "RGBA" and base.mode == "RGB":
        change = Image.alpha_composite(base.convert("RGBA"), change)
    keep = keep_channel(keep_mask)
    if keep.size != base.size:
        keep = resized(keep, base.size, Image.Resampling.NEAREST)
    _save(Image.composite(base, change.convert(base.mode), keep), dest, "png", 100, profile)
    return look(dest)


def deliver(
    source: Path,
    dest: Path,
    width: int,
    height: int,
    fit: Fit,
    format: DeliveryFormat,  # noqa: A002 - the argument's name, as agents write it
    quality: int,
) -> Picture:
    """Write the picture at `source` to `dest` at exactly `width` by `height` pixels, as `format`.

    `cover` fills the frame and crops what stands out, evenly on both sides. `contain` shows all of it in
    the middle, on transparency in PNG and WebP, in JPEG on the mean colour of the picture's edge. `stretch`
    distorts.
    `quality`, 1 to 100, does nothing for PNG. In JPEG, what is transparent becomes white.

    Raises:
        NotAPictureError: If it cannot be decoded.
    """
    image, profile = _decoded(source)
    if format == "jpeg" and image.mode == "RGBA":
        image = _on(image, Image.new("RGB", image.size, "white"))
    if fit == "cover":
        framed = resized(image, (width, height), box=_centred_box(image.size, width / height))
    elif fit == "contain":
        framed = _contained(image, width, height, padded_clear=format != "jpeg")
    else:
        framed = resized(image, (width, height))
    _save(framed, dest, format, quality, profile)
    return look(dest)


def alpha_share(path: Path) -> float:
    """Share of the picture at `path` that is transparent, from 0 to 1.

    Raises:
        NotAPictureError: If it cannot be decoded.
    """
    image, _ = _decoded(path)
    if image.mode != "RGBA":
        return 0.0
    counts = image.getchannel("A").histogram()
    return sum(counts[: _SEE_THROUGH_UP_TO + 1]) / (image.width * image.height)


def really_transparent(path: Path) -> bool:
    """Whether the picture at `path` has a background that can be seen through, not just an alpha channel."""
    return alpha_share(path) >= _CUT_OUT_SHARE


def _decoded(path: Path) -> tuple[Image.Image, bytes | None]:
    """Return the picture at `path` upright as 8-bit `RGB` or `RGBA`, and the profile of these very values."""
    with open_picture(path) as image:
        orientation = orientation_of(image)
        decode(image, path)
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "P") else None
        plain = upright(eight_bit(to_srgb(image) if image.mode == "CMYK" else image), orientation)
        plain = plain.copy() if plain is image else plain
    plain.info = {}
    return plain, profile if isinstance(profile, bytes) and profile else None


def _centred_box(size: tuple[int, int], ratio: float) -> tuple[float, float, float, float]:
    """Return the largest box of `ratio` in the middle of a picture of `size`."""
    width, height = min(size[0], size[1] * ratio), min(size[1], size[0] / ratio)
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    return (left, top, left + width, top + height)


def _contained(image: Image.Image, width: int, height: int, *, padded_clear: bool) -> Image.Image:
    """Fit all of `image` into the frame and pad the rest."""
    scale = min(width / image.width, height / image.height)
    inner = (min(width, max(1, round(image.width * scale))), min(height, max(1, round(image.height * scale))))
    if inner == (width, height):
        return resized(image, inner)
    frame = (
        Image.new("RGBA", (width, height), (0, 0, 0, 0))
        if padded_clear
        else Image.new("RGB", (width, height), _edge_colour(image))
    )
    frame.paste(resized(image, inner), ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return frame


def _edge_colour(image: Image.Image) -> tuple[int, int, int]:
    """Mean colour of the outermost pixels of `image`."""
    width, height = image.size
    strips = (
        (0, 0, width, 1),
        (0, height - 1, width, height),
        (0, 0, 1, height),
        (width - 1, 0, width, height),
    )
    means = [ImageStat.Stat(image.crop(strip).convert("RGB")).mean for strip in strips]
    red, green, blue = (round(sum(mean[band] for mean in means) / len(means)) for band in range(3))
    return (red, green, blue)


def _on(image: Image.Image, ground: Image.Image) -> Image.Image:
    ground.paste(image, (0, 0), image)
    return ground


def _save(image: Image.Image, dest: Path, form: DeliveryFormat, quality: int, profile: bytes | None) -> None:
    """Write `image` without metadata but for its colour profile."""
    options: dict[str, object] = {} if profile is None else {"icc_profile": profile}
    if form == "jpeg":
        options |= {"quality": quality, "subsampling": 0 if quality >= _FULL_COLOUR_FROM else 2}
    elif form == "webp":
        options |= {"quality": quality}
    image.save(dest, form, **options)
