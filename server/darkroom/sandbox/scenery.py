"""Landscapes that depend on the words of a prompt: sky, sun or moon, ridges, and a sea, dunes or a town."""

import math
import random
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from darkroom.sandbox.palettes import PALETTES, Color, Palette, mixed
from darkroom.sandbox.pixels import mapped, ramp, stretched

_WORDS: Final = (
    ("town", ("city", "town", "street", "skyline", "house", "building", "城", "街", "楼", "房")),
    ("sea", ("sea", "lake", "ocean", "beach", "boat", "harbo", "river", "water", "海", "湖", "船", "水")),
    ("dunes", ("desert", "dune", "sand", "mars", "沙", "漠")),
    ("woods", ("forest", "tree", "wood", "mountain", "fox", "deer", "snow", "森", "树", "山", "雪")),
)
"""Words that choose the land; the first row with a word of the prompt wins."""

_RIM: Final = 176
"""Value of Pillow's radial gradient where it meets the edge of its square; a glow must have ended there."""

_NIGHT_WORDS: Final = ("night", "moon", "star", "midnight", "夜", "月", "星")


def paint(size: tuple[int, int], prompt: str, seed: int) -> Image.Image:
    """Return a landscape of `size` pixels; the words choose the land and the hour, the seed all else."""
    chance = random.Random(seed)  # noqa: S311 - a picture, not a secret
    words = f" {prompt.lower()}"
    night = _mentions(words, _NIGHT_WORDS)
    palette = chance.choice([row for row in PALETTES if row.night or not night])
    land = next((kind for kind, keys in _WORDS if _mentions(words, keys)), "")
    land = land or chance.choice([kind for kind, _ in _WORDS])
    picture = _sky(size, palette)
    if palette.night:
        _stars(picture, chance)
    sun = _sun(picture, palette, chance)
    _LANDS[land](picture, palette, chance, sun)
    return picture


def _mentions(words: str, keys: tuple[str, ...]) -> bool:
    """Whether a word begins with one of `keys`, or holds it in a script without spaces."""
    return any((f" {key}" if key.isascii() else key) in words for key in keys)


def _sky(size: tuple[int, int], palette: Palette) -> Image.Image:
    width, height = size
    column = ImageOps.colorize(
        ramp(height), palette.zenith, palette.horizon, mid=palette.middle, midpoint=104, whitepoint=186
    )
    return stretched(column, (width, height), smooth=False)


def _stars(picture: Image.Image, chance: random.Random) -> None:
    canvas, (width, height) = ImageDraw.Draw(picture), picture.size
    unit = max(1.0, min(width, height) / 900)
    for _ in range(150):
        x, y = chance.random() * width, chance.random() ** 1.5 * height * 0.6
        radius = unit * chance.choice((0.6, 0.8, 1.0, 1.6))
        shade = chance.randint(150, 255)
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(shade, shade, min(255, shade + 10)))


def _sun(picture: Image.Image, palette: Palette, chance: random.Random) -> tuple[int, int, int]:
    """Draw the sun or moon with its glow; return its centre and radius."""
    width, height = picture.size
    radius = round(min(width, height) * chance.uniform(0.075, 0.12))
    x, y = round(width * chance.uniform(0.22, 0.78)), round(height * chance.uniform(0.22, 0.42))
    reach = radius * (5 if palette.night else 7)
    fall = [round(158 * max(0.0, 1 - value / _RIM) ** 2) for value in range(256)]
    glow = stretched(mapped(Image.radial_gradient("L"), fall), (reach * 2, reach * 2))
    picture.paste(palette.light, (x - reach, y - reach), glow)
    ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), fill=palette.light)
    return x, y, radius


def _ridge(
    picture: Image.Image, chance: random.Random, level: float, swing: float, color: Color, rough: float
) -> list[tuple[float, float]]:
    """Fill everything below a wavy line at `level` of the height; return the line."""
    width, height = picture.size
    waves = [
        (
            swing / (1 + order * rough),
            chance.uniform(0.7, 1.4) * (order + 1) * 2.1,
            chance.uniform(0, math.tau),
        )
        for order in range(6)
    ]
    line: list[tuple[float, float]] = []
    for step in range(97):
        along = step / 96
        rise = sum(
            amount * math.sin(speed * along * max(1.0, width / height) + start) for amount, speed, start in waves
        )
        line.append((along * width, (level - rise) * height))
    ImageDraw.Draw(picture).polygon([(0, height), *line, (width, height)], fill=color)
    return line


def _woods(picture: Image.Image, palette: Palette, chance: random.Random, _: tuple[int, int, int]) -> None:
    layers = 5
    for layer in range(layers):
        share = layer / (layers - 1)
        color = mixed(palette.far, palette.near, share**0.9)
        line = _ridge(picture, chance, 0.56 + 0.085 * layer, 0.060 - 0.006 * layer, color, 0.75)
        if layer >= layers - 2:
            _pines(picture, chance, line, color, 0.05 + 0.05 * (layer - layers + 2))


def _pines(
    picture: Image.Image, chance: random.Random, line: list[tuple[float, float]], color: Color, tall: float
) -> None:
    canvas, height = ImageDraw.Draw(picture), picture.size[1]
    for x, y in line:
        if chance.random() < 0.42:
            continue
        high = height * tall * chance.uniform(0.5, 1.15)
        wide = high * 0.36
        for tier in range(3):
            top, foot = y - high * (1 - tier * 0.24), y - high * (0.52 - tier * 0.26)
            half = wide * (0.5 + tier * 0.25)
            canvas.polygon([(x, top), (x - half, foot), (x + half, foot)], fill=color)
        canvas.rectangle((x - wide * 0.08, y - high * 0.1, x + wide * 0.08, y + high * 0.2), fill=color)


def _dunes(picture: Image.Image, palette: Palette, chance: random.Random, _: tuple[int, int, int]) -> None:
    for layer in range(5):
        color = mixed(palette.far, palette.near, (layer / 4) ** 1.1 * 0.9)
        _ridge(picture, chance, 0.6 + 0.085 * layer, 0.075, color, 3.2)


def _sea(picture: Image.Image, palette: Palette, chance: random.Random, sun: tuple[int, int, int]) -> None:
    width, height = picture.size
    _ridge(picture, chance, 0.60, 0.030, mixed(palette.far, palette.horizon, 0.25), 0.8)
    _ridge(picture, chance, 0.63, 0.022, palette.far, 0.8)
    shore = round(height * 0.65)
    water = ImageOps.colorize(
        ramp(height - shore),
        mixed(palette.horizon, palette.far, 0.35),
        mixed(palette.zenith, palette.near, 0.6),
    )
    picture.paste(stretched(water, (width, height - shore), smooth=False), (0, shore))
    canvas = ImageDraw.Draw(picture)
    thick = max(1, height // 420)
    for row in range(46):
        depth = (row / 45) ** 1.6
        y = shore + round(depth * (height - shore)) + thick
        spread = sun[2] * (0.7 + depth * 2.6) * chance.uniform(0.35, 1.0)
        middle = sun[0] + chance.uniform(-0.3, 0.3) * spread
        color = mixed(palette.light, palette.middle, min(1.0, depth * 0.9))
        canvas.rounded_rectangle((middle - spread, y, middle + spread, y + thick * (1 + depth * 2)), thick, fill=color)


def _town(picture: Image.Image, palette: Palette, chance: random.Random, _: tuple[int, int, int]) -> None:
    _ridge(picture, chance, 0.62, 0.035, mixed(palette.far, palette.horizon, 0.3), 0.8)
    for layer in range(3):
        color = mixed(palette.far, palette.near, 0.25 + 0.375 * layer)
        lit = mixed(palette.light, (255, 196, 96), 0.6) if layer else None
        _houses(picture, chance, 0.70 + 0.07 * layer, color, lit)


def _houses(picture: Image.Image, chance: random.Random, level: float, color: Color, lit: Color | None) -> None:
    canvas, (width, height) = ImageDraw.Draw(picture), picture.size
    unit = min(width, height)
    x = -unit * 0.02
    while x < width:
        wide, top = unit * chance.uniform(0.045, 0.095), height * (level - chance.random() ** 2.2 * 0.26)
        canvas.rectangle((x, top, x + wide, height), fill=color)
        if chance.random() < 0.3:
            canvas.polygon([(x, top), (x + wide / 2, top - wide * 0.45), (x + wide, top)], fill=color)
        if lit is not None:
            _windows(canvas, chance, (x, top, x + wide, height), unit * 0.009, lit)
        x += wide + unit * chance.choice((0.0, 0.004, 0.02))


def _windows(
    canvas: ImageDraw.ImageDraw,
    chance: random.Random,
    house: tuple[float, float, float, float],
    edge: float,
    lit: Color,
) -> None:
    left, top, right, bottom = house
    y = top + edge * 1.4
    while y < bottom:
        x = left + edge * 0.9
        while x + edge < right:
            if chance.random() < 0.22:
                canvas.rectangle((x, y, x + edge * 0.8, y + edge), fill=lit)
            x += edge * 1.8
        y += edge * 2.1


_LANDS: Final = {"woods": _woods, "dunes": _dunes, "sea": _sea, "town": _town}
