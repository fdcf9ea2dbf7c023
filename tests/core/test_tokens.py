"""Tokens: every published figure, output and input, comes out of the formulas."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.core.tokens import input_image_tokens, max_text_tokens, output_tokens, text_tokens

GRIDS = {"low": 16, "medium": 48, "high": 96}
PUBLISHED = {
    (1024, 1024): (196, 1756, 7024),
    (1536, 1024): (158, 1372, 5488),
    (1024, 1536): (158, 1372, 5488),
    (2048, 2048): (397, 3568, 14272),
    (2048, 1152): (157, 1413, 5650),
    (1152, 2048): (157, 1413, 5650),
    (2560, 1440): (205, 1843, 7370),
    (3840, 2160): (371, 3336, 13342),
    (2160, 3840): (371, 3336, 13342),
    (1792, 1024): (139, 1243, 5063),
    (2880, 2880): (659, 5930, 23719),
    (3840, 1280): (139, 1328, 5311),
}
"""Tokens of low, medium and high, as APIYI and OpenAI publish or measured them."""


@pytest.mark.requirement("cost:formulas")
@pytest.mark.parametrize(("size", "tokens"), PUBLISHED.items(), ids=lambda value: "x".join(map(str, value)))
def test_output_tokens_are_the_published_ones(size: tuple[int, int], tokens: tuple[int, int, int]) -> None:
    assert tuple(output_tokens(*size, grid) for grid in GRIDS.values()) == tokens


@pytest.mark.parametrize(
    ("size", "tokens"),
    [
        ((512, 512), 1024),
        ((1024, 1024), 1024),
        ((2048, 2048), 1521),
        ((4096, 4096), 1521),
        ((1536, 1024), 1536),
        ((1024, 512), 512),
        ((2048, 1152), 1508),
        ((3840, 2160), 1508),
        ((640, 512), 832),
        ((341, 512), 704),
        ((1179, 2556), 1482),
    ],
)
def test_input_tokens_are_the_measured_ones(size: tuple[int, int], tokens: int) -> None:
    assert input_image_tokens(*size) == tokens


@given(st.integers(16, 8000), st.integers(16, 8000))
def test_an_input_never_costs_more_than_the_cap(width: int, height: int) -> None:
    if max(width, height) <= 30 * min(width, height):
        assert 0 < input_image_tokens(width, height) <= 1536


@pytest.mark.parametrize(("prompt", "likely", "most"), [("", 8, 16), ("a red fox in snow", 13, 33), ("狐狸", 10, 18)])
def test_text_tokens_follow_the_rule_of_thumb(prompt: str, likely: int, most: int) -> None:
    assert (text_tokens(prompt), max_text_tokens(prompt)) == (likely, most)


@given(st.text(max_size=2000))
def test_text_tokens_stay_below_their_bound(prompt: str) -> None:
    assert 8 <= text_tokens(prompt) <= math.ceil(max_text_tokens(prompt))
