"""Pictures to measure with: like photographs in what they cost to decode and to send, and made by no drawing."""

from pathlib import Path

from PIL import Image

UHD = (3840, 2160)


def photo(size: tuple[int, int] = UHD) -> Image.Image:
    """Make a picture with broad forms and a little noise: as PNG about 12 MB at 3840x2160."""
    return Image.merge("RGB", [_channel(size, strength) for strength in (60, 70, 80)])


def cut_out(size: tuple[int, int] = UHD) -> Image.Image:
    """Make such a picture with nothing around a round form in its middle."""
    image = photo(size)
    image.putalpha(Image.radial_gradient("L").resize(size).point([255] * 120 + [0] * 136))
    return image


def save_all(folder: Path, size: tuple[int, int], count: int) -> list[Path]:
    """Save `count` pictures of their own as PNG; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"photo-{number}.png" for number in range(1, count + 1)]
    for path in paths:
        photo(size).save(path, compress_level=1)
    return paths


def _channel(size: tuple[int, int], strength: float) -> Image.Image:
    forms = Image.effect_noise((size[0] // 16, size[1] // 16), strength).resize(size, Image.Resampling.BICUBIC)
    return Image.blend(forms, Image.effect_noise(size, 8), 0.15)
