"""Tokens that a picture or a prompt is billed as, by the formulas of OpenAI's image guide (read 2026-11-22)."""

import math
from typing import Final

PATCH_PX: Final = 32
MAX_PATCHES: Final = 1536
UPSCALED_BELOW_PX: Final = 1024


def output_tokens(width: int, height: int, grid: int) -> int:
    """Tokens of one output picture of `width` x `height` pixels at a quality's `grid`.

    The square is the dearest shape: 1024x1024 at grid 48 (medium) is 1,756 tokens.
    """
    # Half-to-even rounding is part of the formula.
    short = round(grid * min(width, height) / max(width, height))
    return math.ceil(grid * short * (2_000_000 + width * height) / 4_000_000)


def input_image_tokens(width: float, height: float) -> int:
    """Tokens of one input picture of `width` x `height` pixels; never more than 1,536."""
    if max(width, height) < UPSCALED_BELOW_PX:
        scale = UPSCALED_BELOW_PX / max(width, height)
        width, height = round(width * scale), round(height * scale)
    patches = _patches(width, height)
    if patches <= MAX_PATCHES:
        return patches
    scale = math.sqrt(PATCH_PX * PATCH_PX * MAX_PATCHES / (width * height))
    columns, rows = width * scale / PATCH_PX, height * scale / PATCH_PX
    scale *= min(math.floor(columns) / columns, math.floor(rows) / rows)
    return _patches(math.floor(width * scale), math.floor(height * scale))


def text_tokens(prompt: str) -> int:
    """Likely tokens of `prompt`: no tokenizer, so a quarter of the ASCII and all other characters."""
    ascii_chars = sum(1 for char in prompt if char.isascii())
    return math.ceil(8 + ascii_chars / 4 + (len(prompt) - ascii_chars))


def max_text_tokens(prompt: str) -> int:
    """Tokens that `prompt` can be at the most."""
    return 16 + len(prompt)


def _patches(width: float, height: float) -> int:
    return math.ceil(width / PATCH_PX) * math.ceil(height / PATCH_PX)
