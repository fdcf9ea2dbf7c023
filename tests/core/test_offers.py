"""What list_sizes and estimate_cost say: every size with its price, every model beside the others."""

from decimal import Decimal
from typing import Any

import pytest
from inline_snapshot import snapshot

from darkroom.catalog.models import MODELS
from darkroom.core.offers import estimates, sizes_offer
from darkroom.core.order import Delivery
from darkroom.core.plan import Request
from darkroom.core.size import parse_ratio, parse_size

ONE = Decimal(1)


def offered(model: str, ratio: str | None = None, multiplier: Decimal = ONE) -> dict[str, Any]:
    """What list_sizes says of one model."""
    offer = sizes_offer([model], ratio, multiplier)
    assert offer["checked"] == "2026-11-22"
    [row] = offer["models"]
    return row


def estimated(
    settings: dict[str, Any], request: Request | None = None, *, needs_mask: bool = False, keep_outside: bool = False
) -> list[dict[str, Any]]:
    """What estimate_cost says."""
    asked = request or Request(operation="generate", prompt="a red fox in snow")
    return estimates(settings, asked, needs_mask=needs_mask, keep_outside=keep_outside)


@pytest.mark.requirement("sizes:listed")
def test_the_locked_sizes_are_listed_with_one_price() -> None:
    offer = offered("gpt-image-2-vip")
    assert [row["size"] for row in offer["sizes"]] == [row.size for row in MODELS["gpt-image-2-vip"].size_rows]
    assert {row["usd"]["flat"] for row in offer["sizes"]} == {"0.03"}
    assert offer["sizes"][0] == {"size": "1280x1280", "ratio": "1:1", "tier": "1K", "usd": {"flat": "0.03"}}
    assert offer["rules"] == "only these sizes, or auto"
    assert offer["typical_seconds"] == [90, 200]


@pytest.mark.requirement("sizes:listed")
def test_the_free_sizes_are_listed_by_preset_with_a_price_for_each_quality() -> None:
    offer = offered("gpt-image-2")
    assert offer["sizes"] == snapshot(
        [
            {
                "size": "1024x1024",
                "ratio": "1:1",
                "tier": "1K",
                "usd": {"low": "0.00588", "medium": "0.05268", "high": "0.21072"},
            },
            {
                "size": "1536x1024",
                "ratio": "3:2",
                "tier": "1K",
                "usd": {"low": "0.00474", "medium": "0.04116", "high": "0.16464"},
            },
            {
                "size": "1024x1536",
                "ratio": "2:3",
                "tier": "1K",
                "usd": {"low": "0.00474", "medium": "0.04116", "high": "0.16464"},
            },
            {
                "size": "2048x2048",
                "ratio": "1:1",
                "tier": "2K",
                "usd": {"low": "0.01191", "medium": "0.10704", "high": "0.42816"},
            },
            {
                "size": "2048x1152",
                "ratio": "16:9",
                "tier": "2K",
                "usd": {"low": "0.00471", "medium": "0.04239", "high": "0.1695"},
            },
            {
                "size": "3840x2160",
                "ratio": "16:9",
                "tier": "4K",
                "usd": {"low": "0.01113", "medium": "0.10008", "high": "0.40026"},
            },
            {
                "size": "2160x3840",
                "ratio": "9:16",
                "tier": "4K",
                "usd": {"low": "0.01113", "medium": "0.10008", "high": "0.40026"},
            },
        ]
    )
    assert offer["rules"] == snapshot(
        "any WIDTHxHEIGHT: multiples of 16, no edge above 3840, ratio at most 3:1, 655360 to 8294400 pixels; or auto"
    )
    assert offer["typical_seconds"] == [10, 300]


@pytest.mark.requirement("sizes:listed")
def test_the_model_without_sizes_lists_what_was_seen_and_says_so() -> None:
    offer = offered("gpt-image-2-all")
    assert {row["tier"] for row in offer["sizes"]} == {"hint"}
    assert ("1254x1254", "1:1") in [(row["size"], row["ratio"]) for row in offer["sizes"]]
    assert "hint" in offer["rules"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("ratio", ["1:1", "16:9", "9:16", "4:3", "3:2"])
def test_a_ratio_lists_only_sizes_of_that_shape(model: str, ratio: str) -> None:
    wanted = parse_ratio(ratio)
    sizes = [parse_size(row["size"]) for row in offered(model, ratio)["sizes"]]
    assert sizes
    assert wanted is not None
    assert all(size is not None and abs(size.ratio / wanted - 1) <= 0.03 for size in sizes)


def test_a_shape_that_a_model_does_not_make_lists_nothing_but_its_rules() -> None:
    offer = offered("gpt-image-2-vip", "7:1")
    assert offer["sizes"] == []
    assert offer["rules"]


def test_the_multiplier_shows_in_every_price() -> None:
    assert offered("gpt-image-2-vip", "1:1", Decimal("1.2"))["sizes"][0]["usd"] == {"flat": "0.036"}


@pytest.mark.requirement("cost:side-by-side")
def test_models_are_priced_side_by_side() -> None:
    assert estimated({model: {} for model in MODELS}) == snapshot(
        [
            {
                "model": "gpt-image-2",
                "usd": "0.052746",
                "low_usd": "0.004774",
                "high_usd": "0.210886",
                "basis": "estimate",
                "size": "auto",
                "typical_seconds": [30, 235],
                "problems": ["quality is auto, so the price has a wide range; set quality to fix it."],
            },
            {
                "model": "gpt-image-2-all",
                "usd": "0.03",
                "low_usd": "0.03",
                "high_usd": "0.03",
                "basis": "flat",
                "size": "auto",
                "typical_seconds": [30, 90],
                "problems": [],
            },
            {
                "model": "gpt-image-2-vip",
                "usd": "0.03",
                "low_usd": "0.03",
                "high_usd": "0.03",
                "basis": "flat",
                "size": "2048x2048",
                "typical_seconds": [90, 200],
                "problems": [],
            },
        ]
    )


def test_what_a_model_cannot_honour_is_said_beside_its_price() -> None:
    request = Request(operation="edit", prompt="bluer", deliver=Delivery(width=1000, height=1000), input_count=1)
    rows = estimated({"gpt-image-2": {"quality": "low"}, "gpt-image-2-all": {}}, request, needs_mask=True)
    assert [row["problems"] for row in rows] == snapshot(
        [
            [],
            [
                "gpt-image-2-all takes no mask; with keep_outside the original is put back outside it.",
                "gpt-image-2-all makes no exact size; deliver resizes what comes, about 1.5 megapixels.",
            ],
        ]
    )


def test_a_mask_is_no_problem_where_the_original_is_put_back() -> None:
    [row] = estimated({"gpt-image-2-all": {}}, needs_mask=True, keep_outside=True)
    assert row["problems"] == []


def test_a_count_is_in_the_sum() -> None:
    request = Request(operation="generate", prompt="a fox", count=10)
    [row] = estimated({"gpt-image-2-vip": {}}, request)
    assert (row["usd"], row["low_usd"], row["high_usd"]) == ("0.30", "0.30", "0.30")
