"""Pixel sizes: reading them, checking them against a model, and finding the nearest valid ones."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import ModelSpec, SizeRules

_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """A width and a height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def pixels(self) -> int:
        """Area in pixels."""
        return self.width * self.height

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.width / self.height


def parse_size(text: str) -> Size | None:
    """Read `WIDTHxHEIGHT`; None if `text` is not of that form."""
    match = _SIZE.fullmatch(text)
    return Size(int(match[1]), int(match[2])) if match else None


def parse_ratio(text: str) -> float | None:
    """Read `W:H` as width over height; None if `text` is not of that form."""
    match = re.fullmatch(r"([1-9][0-9]{0,4}):([1-9][0-9]{0,4})", text)
    return int(match[1]) / int(match[2]) if match else None


def rule_problems(size: Size, rules: SizeRules) -> list[str]:
    """Say which of the rules `size` breaks, one clause each; empty if it is valid."""
    long_edge, short_edge = max(size.width, size.height), min(size.width, size.height)
    problems: list[str] = []
    if size.width % rules.multiple_of or size.height % rules.multiple_of:
        problems.append(f"width and height must be multiples of {rules.multiple_of}")
    if long_edge > rules.max_edge:
        problems.append(f"no edge may be longer than {rules.max_edge}")
    if long_edge > rules.max_ratio * short_edge:
        problems.append(f"the long edge may be at most {rules.max_ratio} times the short one")
    if size.pixels < rules.min_pixels:
        problems.append(f"it needs at least {rules.min_pixels} pixels in all, and this has {size.pixels}")
    if size.pixels > rules.max_pixels:
        problems.append(f"it may have at most {rules.max_pixels} pixels in all, and this has {size.pixels}")
    return problems


def accepts(spec: ModelSpec, size: Size) -> bool:
    """Whether `spec` makes exactly `size` when asked for it."""
    if spec.size_rules is not None:
        return not rule_problems(size, spec.size_rules)
    return any(row.size == str(size) for row in spec.size_rows)


def models_taking(size: Size) -> list[str]:
    """Ids of the models that make exactly `size`."""
    return [model for model, spec in MODELS.items() if accepts(spec, size)]


def nearest_sizes(spec: ModelSpec, wanted: Size, count: int = 3) -> list[Size]:
    """Return the valid sizes of `spec` most like `wanted`, in both edges and in shape. Empty if it has none."""
    candidates = set(_table_sizes(spec)) | set(_rule_sizes(spec, wanted))
    return sorted(candidates, key=lambda size: (_distance(size, wanted), size))[:count]


def nearest_larger_size(spec: ModelSpec, wanted: Size) -> Size | None:
    """Return the smallest valid size of `spec` that covers `wanted` in both edges, else the nearest one.

    Of those that cover it, the one whose shape is nearest comes first. None if the model has no sizes.
    """
    candidates = set(_table_sizes(spec)) | set(_rule_sizes(spec, wanted))
    covering = [s for s in candidates if s.width >= wanted.width and s.height >= wanted.height]
    if covering:
        return min(covering, key=lambda size: (_ratio_distance(size, wanted) > 0.02, size.pixels, size))
    return min(candidates, key=lambda size: (_distance(size, wanted), size), default=None)


def sizes_of_ratio(spec: ModelSpec, ratio: float) -> list[Size]:
    """Return one valid size of `spec` for each of about 1, 2, 4 and 8 megapixels at `ratio` (width over height)."""
    if spec.size_rules is None:
        return []
    found: list[Size] = []
    for megapixels in (1, 2, 4, 8):
        height = math.sqrt(megapixels * 1024 * 1024 / ratio)
        near = nearest_sizes(spec, Size(max(1, round(height * ratio)), max(1, round(height))), 1)
        found += [size for size in near if size not in found and abs(math.log(size.ratio / ratio)) < 0.05]
    return found


def nearest_ratio(spec: ModelSpec, ratio: float) -> str:
    """Return the name of the shape hint of `spec` nearest to `ratio` (width over height)."""
    named = [(phrase.ratio, parse_ratio(phrase.ratio) or 1.0) for phrase in spec.ratio_phrases]
    return min(named, key=lambda item: abs(math.log(item[1] / ratio)))[0]


def _table_sizes(spec: ModelSpec) -> Iterator[Size]:
    for text in (row.size for row in spec.size_rows):
        if size := parse_size(text):
            yield size


def _rule_sizes(spec: ModelSpec, wanted: Size) -> Iterator[Size]:
    """Yield the valid sizes around `wanted`, after it has been scaled into the bounds of the rules."""
    rules = spec.size_rules
    if rules is None:
        return
    step, target = rules.multiple_of, _into_bounds(wanted, rules)
    columns = [math.floor(target[0] / step) + shift for shift in range(-2, 4)]
    rows = [math.floor(target[1] / step) + shift for shift in range(-2, 4)]
    for column in columns:
        for row in rows:
            size = Size(max(1, column) * step, max(1, row) * step)
            if not rule_problems(size, rules):
                yield size
    for preset in rules.presets:
        if size := parse_size(preset):
            yield size


def _into_bounds(wanted: Size, rules: SizeRules) -> tuple[float, float]:
    """Clamp the ratio, then scale both edges into the area and edge bounds."""
    ratio = min(max(wanted.ratio, 1 / rules.max_ratio), float(rules.max_ratio))
    pixels = min(max(wanted.pixels, rules.min_pixels), rules.max_pixels)
    height = math.sqrt(pixels / ratio)
    width = height * ratio
    shrink = min(1.0, rules.max_edge / max(width, height))
    return width * shrink, height * shrink


def _ratio_distance(size: Size, wanted: Size) -> float:
    return abs(math.log(size.ratio / wanted.ratio))


def _distance(size: Size, wanted: Size) -> float:
    """How unlike two sizes are: both edges, and the shape once more.

    The shape weighs a little more than an edge, so that a square is offered for a square and 1920x1088 for 1920x1080.
    """
    edges = abs(math.log(size.width / wanted.width)) + abs(math.log(size.height / wanted.height))
    return edges + 1.2 * _ratio_distance(size, wanted)
