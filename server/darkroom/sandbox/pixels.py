"""Two of Pillow's methods with the types that they have here; its own mention a package that is not."""

from collections.abc import Sequence
from typing import Protocol, cast

from PIL import Image


class _Picture(Protocol):
    def resize(self, size: tuple[int, int], resample: int | None = None) -> Image.Image: ...

    def point(self, lut: Sequence[float]) -> Image.Image: ...


def stretched(picture: Image.Image, size: tuple[int, int], *, smooth: bool = True) -> Image.Image:
    """Return `picture` in `size` pixels, whatever its ratio; not smooth repeats pixels, which is fastest."""
    kind = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    return cast("_Picture", picture).resize(size, kind)


def mapped(picture: Image.Image, table: Sequence[float]) -> Image.Image:
    """Return `picture` with every value replaced by the entry of `table`, 256 for each band."""
    return cast("_Picture", picture).point(table)


def ramp(height: int) -> Image.Image:
    """Return a column, one pixel wide, from black at the top to white at the foot."""
    return stretched(Image.linear_gradient("L"), (1, height))
