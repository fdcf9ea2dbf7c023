"""Regions mean the same pixels whatever their unit, and what is wrong with them is said in full before sending."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from darkroom.core.regions import MAX_REGIONS, Region, outline, read_regions, region_problems, spans
from darkroom.errors import NOTHING_SENT, ArgumentError

SIDES = st.integers(1, 60)
FRACTIONS = st.floats(0, 1)


def pixels(region: Region, width: int, height: int) -> set[tuple[int, int]]:
    return {(x, y) for y, first, end in spans(outline(region, width, height), width, height) for x in range(first, end)}


def problems_of(value: object) -> list[str]:
    with pytest.raises(ArgumentError) as caught:
        read_regions(value)
    assert str(caught.value).endswith(NOTHING_SENT)
    return caught.value.problems


def rectangle(**changes: object) -> dict[str, object]:
    return {"shape": "rectangle", "x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4, **changes}


def test_a_region_is_read_with_its_defaults() -> None:
    assert read_regions([rectangle()]) == (Region("rectangle", 0.1, 0.2, 0.3, 0.4, (), "fraction", 0.0),)


def test_a_polygon_is_read_with_its_points() -> None:
    points = [{"x": 1, "y": 2}, {"x": 30, "y": 2}, {"x": 1, "y": 40}]
    assert read_regions([{"shape": "polygon", "points": points, "unit": "pixel", "feather": 3}]) == (
        Region("polygon", 0, 0, 0, 0, ((1, 2), (30, 2), (1, 40)), "pixel", 3.0),
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": "circle"}, "regions[0].shape is 'circle'. Use one of rectangle, ellipse, polygon."),
        ({"shape": None}, "regions[0].shape is missing. Use one of rectangle, ellipse, polygon."),
        ({"unit": "percent"}, "regions[0].unit is 'percent'. Use one of fraction, pixel."),
        ({"width": 0}, "regions[0].width is 0. Use a number above 0 to 1 (a fraction of image 1), or say unit pixel."),
        ({"height": -0.1}, "regions[0].height is -0.1."),
        ({"x": 40}, "regions[0].x is 40. Use a number from 0 to 1 (a fraction of image 1), or say unit pixel."),
        ({"x": -1, "unit": "pixel"}, "regions[0].x is -1. Use a number from 0 to 32768."),
        ({"y": None}, "regions[0].y is missing."),
        ({"y": True}, "regions[0].y is True."),
        ({"y": "0.5"}, "regions[0].y is '0.5'."),
        ({"y": math.nan}, "regions[0].y is nan."),
        ({"x": 0.8}, "regions[0].x + width is 1.1, beyond the edge of image 1."),
        ({"feather": -1}, "regions[0].feather is -1. Use a number from 0 to 1000."),
        ({"colour": "red"}, "regions[0].colour is not a field of a region."),
        ({"points": []}, "regions[0].points goes with shape polygon only."),
    ],
)
def test_each_fault_is_named_with_its_place_value_and_what_is_allowed(changes: dict[str, object], words: str) -> None:
    first = problems_of([rectangle(**changes)])[0]
    assert first.startswith(words)


@pytest.mark.parametrize(
    ("polygon", "words"),
    [
        ({}, "regions[0].points must hold 3 to 256 points for a polygon, got 0."),
        ({"points": [{"x": 0, "y": 0}] * 2}, "regions[0].points must hold 3 to 256 points"),
        ({"points": [{"x": 0, "y": 0}] * 257}, "regions[0].points must hold 3 to 256 points"),
        ({"points": [{"x": 0, "y": 0}] * 2 + [{"x": 2, "y": 0}]}, "regions[0].points[2].x is 2."),
        ({"points": [{"x": 0, "y": 0}] * 2 + [{"x": 1}]}, "regions[0].points[2].y is missing."),
        ({"points": [{"x": 0, "y": 0}] * 2 + [{"x": 1, "y": 1, "z": 1}]}, "regions[0].points[2].z is not a field"),
        ({"points": [{"x": 0, "y": 0}] * 2 + [[1, 1]]}, "regions[0].points[2] must be an object"),
        ({"x": 0.1, "points": [{"x": 0, "y": 0}] * 3}, "regions[0].x goes with shape rectangle or ellipse"),
    ],
)
def test_faults_of_polygons_are_named_as_exactly(polygon: dict[str, object], words: str) -> None:
    assert problems_of([{"shape": "polygon", **polygon}])[0].startswith(words)


def test_all_faults_of_all_regions_are_said_at_once() -> None:
    found = problems_of([rectangle(x=2), rectangle(), rectangle(width=0, feather="soft"), "left half"])
    assert [text.split(" ")[0] for text in found[:-1]] == [
        "regions[0].x",
        "regions[2].feather",
        "regions[2].width",
        "regions[3]",
    ]


@pytest.mark.parametrize("value", [None, [], {}, "all", [rectangle()] * (MAX_REGIONS + 1)])
def test_what_is_no_list_of_regions_is_refused(value: object) -> None:
    assert len(problems_of(value)) == 1


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (Region("rectangle", 90, 0, 20, 20, (), "pixel"), "reaches over the edge"),
        (Region("ellipse", 10, 40, 20, 20, (), "pixel"), "reaches over the edge"),
        (Region("rectangle", 200, 0, 20, 20, (), "pixel"), "lies wholly outside"),
        (Region("polygon", 0, 0, 0, 0, ((10, 10), (120, 10), (10, 40)), "pixel"), "reaches over the edge"),
        (Region("rectangle", 0.5, 0.5, 0.001, 0.5), "holds no whole pixel"),
        (Region("polygon", 0, 0, 0, 0, ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9))), "holds no whole pixel"),
        (
            Region("rectangle", 10, 10, 20, 30, (), "pixel", 11),
            "feather is 11 px, wider than half of the region. Use at most 10.",
        ),
    ],
)
def test_a_region_that_does_not_fit_image_1_is_refused_with_both_sizes(region: Region, words: str) -> None:
    fits = Region("rectangle", 0.25, 0.25, 0.5, 0.5)
    problems = region_problems([fits, region], 100, 50)
    assert len(problems) == 1
    assert problems[0].startswith("regions[1]")
    assert words in problems[0]
    assert "100x50" in problems[0] or "feather" in problems[0]


def test_fractions_that_an_agent_rounded_still_fit() -> None:
    regions = read_regions([rectangle(x=0.333333, width=0.6666671)])
    assert region_problems(regions, 4096, 4096) == []


def test_the_whole_picture_is_a_region_of_all_its_pixels() -> None:
    assert len(pixels(Region("rectangle", 0, 0, 1, 1), 37, 21)) == 37 * 21


def test_golden_rows_of_each_shape() -> None:
    """Drawn by hand: a pixel belongs to a shape if its centre does."""
    ellipse = sorted(spans(outline(Region("ellipse", 0, 0, 6, 4, (), "pixel"), 8, 8), 8, 8))
    assert ellipse == [(0, 1, 5), (1, 0, 6), (2, 0, 6), (3, 1, 5)]
    triangle = Region("polygon", 0, 0, 0, 0, ((0, 0), (4, 0), (0, 4)), "pixel")
    assert list(spans(outline(triangle, 8, 8), 8, 8)) == [(0, 0, 3), (1, 0, 2), (2, 0, 1)]
    box = Region("rectangle", 1.4, 1.6, 2, 2, (), "pixel")
    assert list(spans(outline(box, 8, 8), 8, 8)) == [(2, 1, 3), (3, 1, 3)]


def test_a_polygon_that_crosses_itself_is_open_where_it_is_enclosed_twice() -> None:
    star = ((4.0, 0.0), (6.4, 8.0), (0.0, 3.0), (8.0, 3.0), (1.6, 8.0))
    found = pixels(Region("polygon", 0, 0, 0, 0, star, "pixel"), 8, 8)
    assert (3, 4) not in found
    assert (3, 2) in found


@given(x=FRACTIONS, y=FRACTIONS, width=FRACTIONS, height=FRACTIONS, columns=SIDES, rows=SIDES)
def test_a_rectangle_and_the_polygon_of_its_corners_are_the_same_pixels(
    x: float, y: float, width: float, height: float, columns: int, rows: int
) -> None:
    box = Region("rectangle", x, y, width, height)
    left, top, right, bottom = outline(box, columns, rows).box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    assert pixels(box, columns, rows) == pixels(Region("polygon", 0, 0, 0, 0, corners, "pixel"), columns, rows)


@given(x=FRACTIONS, y=FRACTIONS, width=FRACTIONS, height=FRACTIONS, columns=SIDES, rows=SIDES)
def test_an_ellipse_lies_within_its_box_and_is_the_centres_that_the_equation_says(
    x: float, y: float, width: float, height: float, columns: int, rows: int
) -> None:
    assume(width > 0 and height > 0)  # `read_regions` refuses what has no extent
    region = Region("ellipse", x, y, width, height)
    found = pixels(region, columns, rows)
    assert found <= pixels(Region("rectangle", x, y, width, height), columns, rows)
    left, top, right, bottom = outline(region, columns, rows).box
    for column in range(columns):
        for row in range(rows):
            across = (column + 0.5 - (left + right) / 2) * 2 / ((right - left) or 1e-9)
            down = (row + 0.5 - (top + bottom) / 2) * 2 / ((bottom - top) or 1e-9)
            if abs(across * across + down * down - 1) > 1e-6:
                assert ((column, row) in found) == (across * across + down * down < 1)


@given(
    points=st.lists(st.tuples(st.floats(-5, 40), st.floats(-5, 40)), min_size=3, max_size=9), columns=SIDES, rows=SIDES
)
def test_runs_of_pixels_stay_in_the_picture_and_never_overlap(
    points: list[tuple[float, float]], columns: int, rows: int
) -> None:
    region = Region("polygon", 0, 0, 0, 0, tuple(points), "pixel")
    runs = list(spans(outline(region, columns, rows), columns, rows))
    assert all(0 <= row < rows and 0 <= first < end <= columns for row, first, end in runs)
    assert sum(end - first for _, first, end in runs) == len(pixels(region, columns, rows))


@given(points=st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20)), min_size=3, max_size=8))
def test_a_polygon_holds_the_centres_that_a_ray_says(points: list[tuple[float, float]]) -> None:
    """The textbook rule, written a second time: a ray to the right crosses the outline an odd number of times."""
    found = pixels(Region("polygon", 0, 0, 0, 0, tuple(points), "pixel"), 20, 20)
    edges = list(zip(points, points[1:] + points[:1], strict=True))
    for column in range(20):
        for row in range(20):
            x, y = column + 0.5, row + 0.5
            at = [x1 + (y - y1) * (x2 - x1) / (y2 - y1) for (x1, y1), (x2, y2) in edges if (y1 <= y) != (y2 <= y)]
            if all(abs(crossing - x) > 1e-6 for crossing in at):
                assert ((column, row) in found) == (sum(crossing > x for crossing in at) % 2 == 1)
