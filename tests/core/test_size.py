"""Sizes: the five rules just inside and outside, and neighbours that a person would have named too."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.catalog.models import MODELS
from darkroom.core.size import (
    Size,
    accepts,
    models_taking,
    nearest_larger_size,
    nearest_ratio,
    nearest_sizes,
    parse_ratio,
    parse_size,
    rule_problems,
    sizes_of_ratio,
)

FREE, HINTED, LOCKED = MODELS.values()
edges = st.integers(min_value=1, max_value=20_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1024",
        "1024X1024",
        "1024 x 1024",
        "x1024",
        "01024x1024",
        "1024x",
        "-16x16",
        "100000x16",
        "1024×1024",
        "１６x16",
    ],
)
def test_what_is_no_size_is_not_read_as_one(text: str) -> None:
    assert parse_size(text) is None


def test_a_size_reads_back_as_it_was_written() -> None:
    assert parse_size("1536x1024") == Size(1536, 1024)
    assert str(Size(1536, 1024)) == "1536x1024"


@pytest.mark.parametrize(("text", "ratio"), [("16:9", 16 / 9), ("1:1", 1.0), ("16x9", None), ("0:1", None), ("", None)])
def test_a_ratio_is_width_over_height(text: str, ratio: float | None) -> None:
    assert parse_ratio(text) == ratio


@pytest.mark.requirement("sizes:five-rules")
@pytest.mark.parametrize(
    ("inside", "outside", "words"),
    [
        ("1600x1200", "1608x1200", "multiples of 16"),
        ("1792x1024", "1792x1032", "multiples of 16"),
        ("3840x2160", "3856x2144", "longer than 3840"),
        ("3840x1280", "3840x1264", "3 times"),
        ("1280x3840", "1264x3840", "3 times"),
        ("1024x640", "1008x640", "at least 655360 pixels"),
        ("2880x2880", "2896x2880", "at most 8294400 pixels"),
    ],
)
def test_each_of_the_five_rules_holds_at_its_edge(inside: str, outside: str, words: str) -> None:
    rules = FREE.size_rules
    good, bad = parse_size(inside), parse_size(outside)
    assert rules is not None
    assert good is not None
    assert bad is not None
    assert rule_problems(good, rules) == []
    [problem] = rule_problems(bad, rules)
    assert words in problem


@pytest.mark.parametrize("text", ["1600x1200", "1792x1024", "2048x1536", "1024x640", "2880x2880", "3840x1280"])
def test_the_published_examples_of_valid_sizes_are_valid(text: str) -> None:
    size = parse_size(text)
    assert size is not None
    assert accepts(FREE, size)


@pytest.mark.parametrize("text", ["1000x1000", "1920x1080", "4000x4000", "3840x1000", "512x512", "3072x3072"])
def test_the_published_examples_of_invalid_sizes_are_invalid(text: str) -> None:
    size = parse_size(text)
    assert size is not None
    assert not accepts(FREE, size)


def test_every_locked_size_is_valid_for_the_model_of_free_sizes_too() -> None:
    assert all(accepts(FREE, size) for row in LOCKED.size_rows if (size := parse_size(row.size)))


@pytest.mark.parametrize(
    ("size", "models"),
    [
        (Size(1024, 1024), ["gpt-image-2"]),
        (Size(2048, 2048), ["gpt-image-2", "gpt-image-2-vip"]),
        (Size(1920, 1080), []),
        (Size(1254, 1254), []),
    ],
)
def test_the_models_that_make_exactly_a_size_are_named(size: Size, models: list[str]) -> None:
    assert models_taking(size) == models


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        (Size(1920, 1080), Size(1920, 1088)),
        (Size(1000, 1000), Size(1008, 1008)),
        (Size(512, 512), Size(816, 816)),
        (Size(4000, 4000), Size(2880, 2880)),
        (Size(2000, 3000), Size(2000, 3008)),
    ],
)
def test_the_nearest_size_is_the_one_a_person_would_name(wanted: Size, nearest: Size) -> None:
    assert nearest_sizes(FREE, wanted, 1) == [nearest]


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        (Size(1024, 1024), Size(1280, 1280)),
        (Size(1920, 1080), Size(2048, 1152)),
        (Size(1024, 1536), Size(848, 1280)),
        (Size(8000, 4500), Size(3840, 2160)),
    ],
)
def test_the_nearest_locked_size_keeps_the_shape(wanted: Size, nearest: Size) -> None:
    assert nearest_sizes(LOCKED, wanted, 1) == [nearest]


@given(edges, edges)
def test_whatever_is_asked_for_the_neighbours_are_valid_and_different(width: int, height: int) -> None:
    for spec in (FREE, LOCKED):
        near = nearest_sizes(spec, Size(width, height))
        assert len(near) == len(set(near)) == 3
        assert all(accepts(spec, size) for size in near)


@given(edges, edges)
def test_a_valid_size_is_its_own_nearest(width: int, height: int) -> None:
    near = nearest_sizes(FREE, Size(width, height), 1)[0]
    assert nearest_sizes(FREE, near, 1) == [near]


@given(st.integers(1, 3840), st.integers(1, 3840))
def test_a_size_to_cover_another_one_covers_it_if_any_does(width: int, height: int) -> None:
    wanted = Size(width, height)
    larger = nearest_larger_size(LOCKED, wanted)
    assert larger is not None
    assert accepts(LOCKED, larger)
    rows = [size for row in LOCKED.size_rows if (size := parse_size(row.size))]
    if any(size.width >= width and size.height >= height for size in rows):
        assert larger.width >= width
        assert larger.height >= height


def test_the_model_without_sizes_has_no_neighbours() -> None:
    assert nearest_sizes(HINTED, Size(1024, 1024)) == []
    assert nearest_larger_size(HINTED, Size(1024, 1024)) is None
    assert not accepts(HINTED, Size(1254, 1254))


@pytest.mark.parametrize("ratio", [1.0, 16 / 9, 9 / 16, 21 / 9, 3.0])
def test_a_ratio_has_valid_sizes_of_that_shape(ratio: float) -> None:
    sizes = sizes_of_ratio(FREE, ratio)
    assert sizes
    assert all(accepts(FREE, size) and abs(math.log(size.ratio / ratio)) < 0.05 for size in sizes)
    assert sizes == sorted(sizes, key=lambda size: size.pixels)


def test_a_ratio_that_no_rule_allows_has_no_sizes() -> None:
    assert sizes_of_ratio(FREE, 5.0) == []


@pytest.mark.parametrize(("ratio", "hint"), [(1.0, "1:1"), (1920 / 1080, "16:9"), (0.4, "2:5"), (4.0, "5:2")])
def test_the_nearest_hint_is_named(ratio: float, hint: str) -> None:
    assert nearest_ratio(HINTED, ratio) == hint
