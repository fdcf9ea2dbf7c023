"""Small copies of pictures for the eyes of models and people: one, or a sheet of several."""

import io
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from darkroom.adapters.pictures import (
    SIDEWAYS,
    Picture,
    decode,
    eight_bit,
    extremes,
    look,
    open_picture,
    orientation_of,
    resized,
    upright,
)

_PREVIEW_QUALITIES: Final = (85, 75, 60, 45, 30)
_PREVIEW_MIN_EDGE: Final = 16
_PREVIEW_GAP: Final = 1.5
"""How much larger than wanted a preview is after the quick step of its shrink; measured: 50 dB from the slow way."""

_SHEET_GAP_PX: Final = 8
_SHEET_GROUND: Final = (240, 240, 240)


def preview(path: Path, dest: Path, max_px: int, max_bytes: int) -> Picture:
    """Write a small upright copy of the picture at `path` to `dest`, within `max_px` a side and `max_bytes`.

    A JPEG; a PNG or WebP if some of it is transparent. The extension of `dest` does not matter.

    Raises:
        NotAPictureError: If it cannot be decoded.
    """
    return _save_within(small(path, max_px, max_px), dest, max_bytes)


class Grid(NamedTuple):
    """How a sheet is divided, in pixels."""

    columns: int
    rows: int
    width: int
    """Of a cell."""
    height: int


def grid_of(sizes: Sequence[tuple[int, int]], max_px: int) -> Grid:
    """Divide a sheet of at most `max_px` a side so that pictures of these sizes are shown largest."""
    width = sum(size[0] for size in sizes) / len(sizes)
    height = sum(size[1] for size in sizes) / len(sizes)
    columns, rows = _columns_and_rows(len(sizes), width, height)
    room = max_px - _SHEET_GAP_PX * (max(columns, rows) + 1)
    scale = min(room / (columns * width), room / (rows * height), 1.0)
    return Grid(columns, rows, max(1, int(width * scale)), max(1, int(height * scale)))


def contact_sheet(
    paths: Sequence[Path],
    dest: Path,
    max_px: int,
    max_bytes: int,
    ready: Mapping[tuple[Path, Grid], Image.Image] | None = None,
) -> Picture:
    """Write one JPEG that shows all `paths` in order, numbered from 1, within `max_px` and `max_bytes`.

    `ready` holds small copies that were made before, each for one grid.

    Raises:
        NotAPictureError: If one of them cannot be decoded.
    """
    grid = grid_of([look(path).upright_size for path in paths], max_px)
    step = (grid.width + _SHEET_GAP_PX, grid.height + _SHEET_GAP_PX)
    size = (_SHEET_GAP_PX + grid.columns * step[0], _SHEET_GAP_PX + grid.rows * step[1])
    sheet = Image.new("RGB", size, _SHEET_GROUND)
    with ThreadPoolExecutor(min(len(paths), os.cpu_count() or 1)) as threads:
        for index, copy in enumerate(threads.map(partial(_cell, ready=ready or {}, grid=grid), paths)):
            corner = (
                _SHEET_GAP_PX + index % grid.columns * step[0],
                _SHEET_GAP_PX + index // grid.columns * step[1],
            )
            _place(sheet, copy, corner, (grid.width, grid.height))
            _number(sheet, index + 1, corner)
    return _save_within(sheet, dest, max_bytes)


def small(path: Path, max_width: int, max_height: int) -> Image.Image:
    """Decode the picture at `path` no larger than needed, upright and 8 bit, to fit the box.

    Raises:
        NotAPictureError: If it cannot be decoded.
    """
    with open_picture(path) as image:
        orientation = orientation_of(image)
        box = (max_height, max_width) if orientation in SIDEWAYS else (max_width, max_height)
        image.draft(None, box)
        decode(image, path)
        copy = eight_bit(image)
        if copy.size[0] > box[0] or copy.size[1] > box[1]:
            scale = min(box[0] / copy.width, box[1] / copy.height)
            size = (max(1, round(copy.width * scale)), max(1, round(copy.height * scale)))
            if (factor := int(1 / scale / _PREVIEW_GAP)) > 1:
                copy = copy.reduce(factor)  # by itself: `resize` takes no such step where there is transparency
            # Half as much work as LANCZOS; nobody sees the difference in a preview.
            copy = resized(copy, size, Image.Resampling.HAMMING)
        return upright(copy, orientation)


def _cell(path: Path, ready: Mapping[tuple[Path, Grid], Image.Image], grid: Grid) -> Image.Image:
    made = ready.get((path, grid))
    return small(path, grid.width, grid.height) if made is None else made


def _save_within(image: Image.Image, dest: Path, max_bytes: int) -> Picture:
    """Write `image` in the best form of at most `max_bytes`, with fewer pixels if nothing else helps."""
    alpha = image.mode == "RGBA" and min(extremes(image.getchannel("A"))) < 255
    image = image if alpha else image.convert("RGB")
    while True:
        found = _fitting(image, alpha, max_bytes)
        if found is not None:
            name, written = found
            dest.write_bytes(written)
            return Picture(name, image.width, image.height, has_alpha=alpha)
        image = resized(image, (max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)))


def _fitting(image: Image.Image, alpha: bool, max_bytes: int) -> tuple[str, bytes] | None:
    """Return the best form of `image` that fits, as its name and bytes; None if it needs fewer pixels.

    PNG goes before WebP since every host shows it; what its quickest form does not make small enough, no other would
    by much. The smallest form is tried before those between it and the best.
    """
    if alpha and len(written := _encoded(image, "PNG", compress_level=1)) <= max_bytes:
        return "png", written
    name = "webp" if alpha else "jpeg"
    best, *between, least = _PREVIEW_QUALITIES
    if len(written := _encoded(image, name, quality=best)) <= max_bytes:
        return name, written
    smallest = _encoded(image, name, quality=least)
    if len(smallest) > max_bytes and max(image.size) > _PREVIEW_MIN_EDGE:
        return None
    forms = (_encoded(image, name, quality=quality) for quality in between)
    return name, next((written for written in forms if len(written) <= max_bytes), smallest)


def _encoded(image: Image.Image, name: str, **options: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


def _columns_and_rows(count: int, width: float, height: float) -> tuple[int, int]:
    """Columns and rows that show `count` cells of this shape largest on a square sheet."""
    choices = [(columns, math.ceil(count / columns)) for columns in range(1, count + 1)]
    return max(choices, key=lambda grid: min(1 / (grid[0] * width), 1 / (grid[1] * height)))


def _place(sheet: Image.Image, copy: Image.Image, corner: tuple[int, int], cell: tuple[int, int]) -> None:
    at = (corner[0] + (cell[0] - copy.width) // 2, corner[1] + (cell[1] - copy.height) // 2)
    sheet.paste(copy, at, copy if copy.mode == "RGBA" else None)


def _number(sheet: Image.Image, number: int, corner: tuple[int, int]) -> None:
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(16)
    left, top, right, bottom = draw.textbbox((corner[0] + 6, corner[1] + 4), str(number), font=font)
    draw.rectangle((left - 4, top - 3, right + 4, bottom + 3), fill="black")
    draw.text((corner[0] + 6, corner[1] + 4), str(number), fill="white", font=font)
