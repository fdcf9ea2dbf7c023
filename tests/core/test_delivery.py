"""For any delivery the size that is ordered loses as little as the model allows, at the least price."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.catalog.models import MODELS
from darkroom.core.delivery import delivery_problems, size_for_delivery
from darkroom.core.size import Size, accepts, parse_size

EDGES = st.integers(16, 16_384)
FITS = st.sampled_from(["cover", "contain", "stretch"])
SIZED = st.sampled_from(["gpt-image-2", "gpt-image-2-vip"])


@pytest.mark.parametrize(
    ("model", "wanted", "fit", "ordered"),
    [
        ("gpt-image-2", (1920, 1080), "cover", "1920x1088"),
        ("gpt-image-2", (1024, 1024), "cover", "1024x1024"),
        ("gpt-image-2", (3840, 2160), "cover", "3840x2160"),
        ("gpt-image-2", (64, 64), "cover", "816x816"),
        ("gpt-image-2", (16_384, 8192), "cover", "3840x1920"),
        ("gpt-image-2", (3840, 1000), "cover", "3840x1280"),
        ("gpt-image-2", (1000, 3840), "stretch", "1280x3840"),
        ("gpt-image-2-vip", (1920, 1080), "cover", "2048x1152"),
        ("gpt-image-2-vip", (1280, 720), "contain", "1280x720"),
        ("gpt-image-2-vip", (1080, 1920), "stretch", "1152x2048"),
        ("gpt-image-2-vip", (500, 500), "cover", "1280x1280"),
        ("gpt-image-2-vip", (16_384, 16_384), "cover", "2880x2880"),
    ],
)
def test_golden_orders(model: str, wanted: tuple[int, int], fit: str, ordered: str) -> None:
    assert str(size_for_delivery(MODELS[model], *wanted, fit)) == ordered


def test_a_model_that_takes_no_size_is_asked_for_none() -> None:
    assert size_for_delivery(MODELS["gpt-image-2-all"], 1920, 1080, "cover") is None


@given(model=SIZED, width=EDGES, height=EDGES, fit=FITS)
def test_what_is_ordered_is_always_a_size_that_the_model_makes(model: str, width: int, height: int, fit: str) -> None:
    size = size_for_delivery(MODELS[model], width, height, fit)
    assert size is not None
    assert accepts(MODELS[model], size)


@given(width=EDGES, height=EDGES, fit=FITS)
def test_a_size_that_the_model_makes_is_ordered_as_it_is_or_cheaper(width: int, height: int, fit: str) -> None:
    size = size_for_delivery(MODELS["gpt-image-2"], width, height, fit)
    assert size is not None
    if accepts(MODELS["gpt-image-2"], Size(width, height)):
        assert size.pixels <= width * height
        assert size.width >= width * 0.999 or fit == "contain"
        assert size.height >= height * 0.999 or fit == "contain"


@given(width=EDGES, height=EDGES)
def test_no_other_row_of_a_table_covers_with_clearly_less_loss(width: int, height: int) -> None:
    """The loss, written a second time: what is cropped away, and how far it is enlarged."""

    def loss(size: Size) -> float:
        cropped = abs(math.log(size.ratio / (width / height)))
        return cropped + max(0.0, math.log(max(width / size.width, height / size.height)))

    spec = MODELS["gpt-image-2-vip"]
    chosen = size_for_delivery(spec, width, height, "cover")
    assert chosen is not None
    rows = [size for row in spec.size_rows if (size := parse_size(row.size))]
    assert loss(chosen) <= min(loss(size) for size in rows) + 0.021


@pytest.mark.parametrize(
    ("width", "height", "form", "words"),
    [
        (15, 100, "png", "deliver.width is 15. Use 16 to 16384."),
        (100, 16_385, "jpeg", "deliver.height is 16385. Use 16 to 16384."),
        (16_384, 100, "webp", "A WebP file has at most 16383 pixels a side."),
    ],
)
def test_a_file_that_cannot_be_made_is_refused_in_words(width: int, height: int, form: str, words: str) -> None:
    assert delivery_problems(width, height, form)[0].startswith(words)


def test_the_bounds_themselves_can_be_delivered() -> None:
    assert delivery_problems(16, 16_384, "png") == []
    assert delivery_problems(16, 16_383, "webp") == []
