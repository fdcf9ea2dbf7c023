"""Colours of the landscapes: one row for each time of day."""

from dataclasses import dataclass
from typing import Final

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of one time of day."""

    zenith: Color
    middle: Color
    horizon: Color
    light: Color
    """Sun or moon."""
    far: Color
    near: Color
    night: bool = False


def mixed(one: Color, other: Color, share: float) -> Color:
    """Return the colour that is `share` of the way from `one` to `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _row(text: str, *, night: bool = False) -> Palette:
    colors = [(int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)) for code in text.split()]
    zenith, middle, horizon, light, far, near = colors
    return Palette(zenith=zenith, middle=middle, horizon=horizon, light=light, far=far, near=near, night=night)


PALETTES: Final = (
    _row("2a4874 de846c ffd99e fff3d6 ce8074 26223a"),
    _row("569cce a6d4e6 f6f0de fffae8 96bac8 1c3e48"),
    _row("0b112c 1e2c5c 5c6696 f4f0de 3e487a 080a1a", night=True),
    _row("5c407c d67696 ffcab2 ffeede ac6892 2a183e"),
    _row("287070 8ec4aa f6e8bc fff8dc 7cac9c 123436"),
    _row("ba543a ee9e5c ffe0a6 fff6de d07a52 421a22"),
    _row("122238 1c5864 7ec0a8 e8faee 2c646c 061622", night=True),
    _row("78849e bec4d0 f0e8e2 fffcf6 9ea6b8 2c3244"),
)
"""Zenith, middle and horizon of the sky, its light, the farthest and the nearest land."""
