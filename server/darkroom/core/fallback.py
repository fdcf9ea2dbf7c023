"""Translating a request for another model, when the one that was asked for is not to be had."""

import math
from collections.abc import Mapping

from darkroom.catalog.spec import ModelSpec
from darkroom.core.size import Size, accepts, nearest_ratio, nearest_sizes, parse_ratio, parse_size

HINTED_PIXELS = 1024 * 1536
"""Area that a shape hint stands for: models without sizes return about 1.5 megapixels."""


def translate(
    settings: Mapping[str, str | int], source: ModelSpec, target: ModelSpec, *, needs_mask: bool
) -> tuple[dict[str, str | int], str]:
    """Return the settings for `target` that come nearest to those for `source`, and why it cannot be done.

    A size becomes the nearest valid size or shape, a shape the nearest size; quality and the like are
    dropped where `target` has none. The second value is empty unless something cannot be dropped:
    a mask, or a transparent background.
    """
    if needs_mask and target.mask is None:
        return {}, f"{target.model} takes no mask"
    if settings.get("background") == "transparent" and not target.transparent:
        return {}, f"{target.model} makes no transparent background"
    kept: dict[str, str | int] = {}
    for name, value in settings.items():
        setting = target.setting(name)
        if name not in ("size", "aspect_ratio") and setting and (not setting.choices or value in setting.choices):
            kept[name] = value
    if kept.get("endpoint") == "chat":
        kept.pop("response_format", None)
        return kept, ""
    return kept | _shape(settings, source, target), ""


def _shape(settings: Mapping[str, str | int], source: ModelSpec, target: ModelSpec) -> dict[str, str | int]:
    """Return the setting of `target` for the size or shape that was asked of `source`."""
    wanted = _wanted(settings, source)
    if wanted is None:
        return {}
    if target.ratio_phrases:
        return {"aspect_ratio": nearest_ratio(target, wanted.ratio)}
    if accepts(target, wanted):
        return {"size": str(wanted)}
    near = nearest_sizes(target, wanted, 1)
    return {"size": str(near[0])} if near else {}


def _wanted(settings: Mapping[str, str | int], source: ModelSpec) -> Size | None:
    size = settings.get("size", source.default_size)
    if isinstance(size, str) and (parsed := parse_size(size)):
        return parsed
    ratio = parse_ratio(str(settings.get("aspect_ratio", "")))
    if ratio is None:
        return None
    height = math.sqrt(HINTED_PIXELS / ratio)
    return Size(max(1, round(height * ratio)), max(1, round(height)))
