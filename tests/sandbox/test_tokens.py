"""The sandbox bills by formulas written a second time; they agree with the ones that estimates are made with."""

from hypothesis import given
from hypothesis import strategies as st

from darkroom.core import tokens as core
from darkroom.sandbox import tokens as sandbox

edges = st.integers(1, 8000)


@given(edges, edges, st.sampled_from([16, 24, 48, 64, 96]))
def test_output_tokens_agree(width: int, height: int, grid: int) -> None:
    assert sandbox.picture_tokens(width, height, grid) == core.output_tokens(width, height, grid)


@given(edges, edges)
def test_input_tokens_agree(width: int, height: int) -> None:
    if max(width, height) <= 60 * min(width, height):
        assert sandbox.reference_tokens(width, height) == core.input_image_tokens(width, height)


@given(st.text(max_size=300))
def test_text_tokens_agree(prompt: str) -> None:
    assert sandbox.prompt_tokens(prompt) == core.text_tokens(prompt)


def test_published_figures_hold() -> None:
    assert [sandbox.picture_tokens(1024, 1024, grid) for grid in (16, 48, 96)] == [196, 1756, 7024]
    assert [sandbox.picture_tokens(3840, 2160, grid) for grid in (16, 48, 96)] == [371, 3336, 13342]
    sizes = [(512, 512), (2048, 2048), (1536, 1024), (2048, 1152), (640, 512), (341, 512), (1179, 2556)]
    assert [sandbox.reference_tokens(*size) for size in sizes] == [1024, 1521, 1536, 1508, 832, 704, 1482]
