"""Regions of a picture that an edit may change: read from an argument, checked, and laid out in pixels."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from darkroom.catalog.limits import INPUT_MAX_EDGE
from darkroom.errors import NOTHING_SENT, ArgumentError

Shape = Literal["rectangle", "ellipse", "polygon"]
Unit = Literal["fraction", "pixel"]

_SHAPES: Final[tuple[Shape, ...]] = ("rectangle", "ellipse", "polygon")
_UNITS: Final[tuple[Unit, ...]] = ("fraction", "pixel")
_BOX_FIELDS: Final = ("x", "y", "width", "height")
_FIELDS: Final = ("shape", *_BOX_FIELDS, "points", "unit", "feather")

MAX_REGIONS: Final = 64
"""More than any sensible edit needs; bounds the work of drawing."""
MAX_POINTS: Final = 256
MAX_FEATHER_PX: Final = 1000
"""A softer edge than this leaves nothing hard to feather; bounds the work of blurring."""

_SLACK: Final = 1e-6
"""Fractions that add up to 1 may come out a hair above it, because agents round them."""
_SLACK_PX: Final = _SLACK * INPUT_MAX_EDGE


@dataclass(frozen=True, slots=True)
class Region:
    """One area of image 1 that may change."""

    shape: Shape
    x: float
    """Left edge of the box, from the left edge of the picture; in `unit`, as `y`, `width` and `height`."""
    y: float
    width: float
    height: float
    points: tuple[tuple[float, float], ...] = ()
    """Corners of a polygon, in order; empty for the other shapes."""
    unit: Unit = "fraction"
    feather: float = 0.0
    """Width of the soft edge, inward, in pixels of image 1 whatever the unit."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A region in pixels of one picture: continuous coordinates, pixel `i` reaching from `i` to `i + 1`."""

    shape: Shape
    box: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    points: tuple[tuple[float, float], ...]
    feather: float


def read_regions(value: object) -> tuple[Region, ...]:
    """Read the `regions` argument, a list of objects.

    Raises:
        ArgumentError: With one sentence for each problem of each region. Nothing was sent.
    """
    if not isinstance(value, list) or not value:
        raise ArgumentError([f"regions must be a list of at least one region. {NOTHING_SENT}"])
    rows = cast("list[object]", value)
    if len(rows) > MAX_REGIONS:
        raise ArgumentError([f"regions holds {len(rows)} regions; at most {MAX_REGIONS} are taken. {NOTHING_SENT}"])
    problems: list[str] = []
    regions = [_read_region(f"regions[{index}]", row, problems) for index, row in enumerate(rows)]
    if problems:
        raise ArgumentError([*problems, NOTHING_SENT])
    return tuple(regions)


def region_problems(regions: Sequence[Region], width: int, height: int) -> list[str]:
    """Say which `regions` do not fit a picture of `width` by `height` pixels, one sentence each."""
    problems: list[str] = []
    for index, region in enumerate(regions):
        left, top, right, bottom = outline(region, width, height).box
        thin = min(right - left, bottom - top)
        where = (
            f"regions[{index}] covers x {left:g} to {right:g} and y {top:g} to {bottom:g} in pixels, "
            f"and image 1 is {width}x{height}"
        )
        if right <= 0 or bottom <= 0 or left >= width or top >= height:
            problems.append(f"{where}: it lies wholly outside. Move it into the picture.")
        elif min(left, top) < 0 or right > width + _SLACK_PX or bottom > height + _SLACK_PX:
            problems.append(f"{where}: it reaches over the edge. Shrink it to the picture.")
        elif thin < 1 or not any(spans(outline(region, width, height), width, height)):
            problems.append(f"{where}: it holds no whole pixel. Widen it, or say unit fraction.")
        elif region.feather * 2 > thin:
            problems.append(
                f"regions[{index}].feather is {region.feather:g} px, wider than half of the region. "
                f"Use at most {thin / 2:g}."
            )
    return problems


def outline(region: Region, width: int, height: int) -> Outline:
    """Lay out `region` on a picture of `width` by `height` pixels."""
    across, down = (width, height) if region.unit == "fraction" else (1, 1)
    points = tuple((x * across, y * down) for x, y in region.points)
    if region.shape == "polygon":
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = (min(xs), min(ys), max(xs), max(ys))
    else:
        left, top = region.x * across, region.y * down
        box = (left, top, left + region.width * across, top + region.height * down)
    return Outline(region.shape, box, points, region.feather)


def spans(area: Outline, width: int, height: int) -> Iterator[tuple[int, int, int]]:
    """Yield the pixels of `area` within a picture of `width` by `height`, as runs `(row, first, end)`.

    A pixel belongs to it if its centre does; `end` is the first pixel after the run. Where a polygon crosses
    itself, what is enclosed twice lies outside.
    """
    if area.shape == "polygon":
        crossings = _crossings(area.points, height)
    else:
        crossings = ((row, _chord(area, row + 0.5)) for row in _rows(area.box[1], area.box[3], height))
    for row, xs in crossings:
        for start, stop in zip(xs[::2], xs[1::2], strict=True):
            first, end = max(0, math.ceil(start - 0.5)), min(width, math.ceil(stop - 0.5))
            if first < end:
                yield row, first, end


def _rows(top: float, bottom: float, height: int) -> range:
    """Rows whose centres lie from `top` to before `bottom`."""
    return range(max(0, math.ceil(top - 0.5)), min(height, math.ceil(bottom - 0.5)))


def _chord(area: Outline, y: float) -> list[float]:
    """Where the line at `y` enters and leaves a rectangle or an ellipse."""
    left, top, right, bottom = area.box
    if area.shape == "rectangle":
        return [left, right]
    middle, half = (left + right) / 2, (bottom - top) / 2
    reach = (right - left) / 2 * math.sqrt(max(0.0, 1 - ((y - top - half) / half) ** 2))
    return [middle - reach, middle + reach]


def _crossings(points: Sequence[tuple[float, float]], height: int) -> Iterator[tuple[int, list[float]]]:
    """Yield for each row where its centre line crosses the edges of a polygon, from left to right."""
    rows: dict[int, list[float]] = {}
    for (x1, y1), (x2, y2) in zip(points, (*points[1:], points[0]), strict=True):
        for row in _rows(min(y1, y2), max(y1, y2), height):
            rows.setdefault(row, []).append(x1 + (row + 0.5 - y1) * (x2 - x1) / (y2 - y1))
    for row, xs in sorted(rows.items()):
        yield row, sorted(xs)


def _read_region(name: str, value: object, problems: list[str]) -> Region:
    """Read one region; what is wrong with it is added to `problems`, and it is then not to be used."""
    if not isinstance(value, Mapping):
        problems.append(f"{name} must be an object, got {value!r}.")
        return Region("rectangle", 0, 0, 0, 0)
    row = cast("Mapping[str, object]", value)
    problems += [
        f"{name}.{key} is not a field of a region. Use {', '.join(_FIELDS)}." for key in row if key not in _FIELDS
    ]
    shape = cast("Shape", _choice(f"{name}.shape", row.get("shape"), _SHAPES, problems))
    unit = cast("Unit", _choice(f"{name}.unit", row.get("unit", "fraction"), _UNITS, problems))
    feather = _number(f"{name}.feather", row.get("feather", 0), MAX_FEATHER_PX, problems)
    top = 1.0 if unit == "fraction" else INPUT_MAX_EDGE
    if shape == "polygon":
        return Region(shape, 0, 0, 0, 0, _read_points(name, row, top, problems), unit, feather)
    return Region(shape, *_read_box(name, row, top, problems), (), unit, feather)


def _read_box(
    name: str, row: Mapping[str, object], top: float, problems: list[str]
) -> tuple[float, float, float, float]:
    """Read `x`, `y`, `width` and `height` of a rectangle or an ellipse."""
    if "points" in row:
        problems.append(f"{name}.points goes with shape polygon only. Leave it out, or say shape polygon.")
    before = len(problems)
    x, y = (_number(f"{name}.{axis}", row.get(axis), top, problems) for axis in ("x", "y"))
    width, height = (
        _number(f"{name}.{side}", row.get(side), top, problems, zero=False) for side in ("width", "height")
    )
    for axis, start, side, size in (("x", x, "width", width), ("y", y, "height", height)):
        if len(problems) == before and start + size > top + _SLACK:
            problems.append(
                f"{name}.{axis} + {side} is {start + size:g}, beyond the edge of image 1. "
                f"Use at most {top:g} in all{_unit_hint(top)}."
            )
    return x, y, width, height


def _read_points(
    name: str, row: Mapping[str, object], top: float, problems: list[str]
) -> tuple[tuple[float, float], ...]:
    """Read the corners of a polygon."""
    problems += [
        f"{name}.{field} goes with shape rectangle or ellipse; a polygon takes points. Leave it out."
        for field in _BOX_FIELDS
        if field in row
    ]
    value = row.get("points")
    corners = cast("list[object]", value) if isinstance(value, list) else []
    if not 3 <= len(corners) <= MAX_POINTS:
        problems.append(f"{name}.points must hold 3 to {MAX_POINTS} points for a polygon, got {len(corners)}.")
        return ()
    return tuple(_read_point(f"{name}.points[{index}]", corner, top, problems) for index, corner in enumerate(corners))


def _read_point(name: str, value: object, top: float, problems: list[str]) -> tuple[float, float]:
    if not isinstance(value, Mapping):
        problems.append(f'{name} must be an object such as {{"x": 0.5, "y": 0.5}}, got {value!r}.')
        return (0, 0)
    corner = cast("Mapping[str, object]", value)
    problems += [f"{name}.{key} is not a field of a point. Use x and y." for key in corner if key not in ("x", "y")]
    x, y = (_number(f"{name}.{axis}", corner.get(axis), top, problems) for axis in ("x", "y"))
    return (x, y)


def _choice(name: str, value: object, allowed: tuple[str, ...], problems: list[str]) -> str:
    """Return `value` if it is one of `allowed`; else the first of them, with the problem noted."""
    for word in allowed:
        if value == word:
            return word
    said = "is missing" if value is None else f"is {value!r}"
    problems.append(f"{name} {said}. Use one of {', '.join(allowed)}.")
    return allowed[0]


def _number(name: str, value: object, top: float, problems: list[str], *, zero: bool = True) -> float:
    """Return `value` if it is a number from 0 (or above it, without `zero`) to `top`; else 0, with a note."""
    allowed = f"Use a number {'from' if zero else 'above'} 0 to {top:g}{_unit_hint(top)}."
    if value is None:
        problems.append(f"{name} is missing. {allowed}")
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= top and (value or zero):
        return float(value)
    else:
        problems.append(f"{name} is {value!r}. {allowed}")
    return 0.0


def _unit_hint(top: float) -> str:
    return " (a fraction of image 1), or say unit pixel" if top == 1.0 else ""
