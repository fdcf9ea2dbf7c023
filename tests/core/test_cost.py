"""Money: the worked examples rebuilt by hand from the rates, in Decimal, to the gateway's smallest unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.catalog.models import MODELS
from darkroom.core.cost import (
    Pricing,
    charge,
    dollars,
    estimate,
    from_microdollars,
    microdollars,
    prices_of_size,
    round_up,
)
from darkroom.core.size import Size

FREE = MODELS["gpt-image-2"]
TEXT_IN, IMAGE_IN, OUT = Decimal("0.000005"), Decimal("0.000008"), Decimal("0.000030")
"""US dollars per token, as OpenAI lists them."""
ONE = Decimal(1)


def charged(text: int | None, image: int | None, out: int, multiplier: Decimal = ONE, total: int = 0) -> Decimal | None:
    """Charge for one call of the token-priced model."""
    return charge(
        FREE,
        text_in_tokens=text,
        image_in_tokens=image,
        input_tokens=total,
        output_tokens_used=out,
        multiplier=multiplier,
    )


@pytest.mark.requirement("cost:formulas")
@pytest.mark.parametrize(
    ("text", "image", "out", "published"),
    [
        (15, 0, 196, "0.005955"),
        (15, 0, 1756, "0.052755"),
        (15, 0, 7024, "0.210795"),
        (0, 0, 158, "0.00474"),
        (0, 0, 1372, "0.04116"),
        (0, 0, 5488, "0.16464"),
        (0, 0, 13342, "0.40026"),
        (16, 1024, 1756, "0.060952"),
        (16, 832, 196, "0.012616"),
        (0, 16 * 1024, 14272, "0.559232"),
    ],
)
def test_the_worked_examples_come_out_to_the_unit(text: int, image: int, out: int, published: str) -> None:
    by_hand = text * TEXT_IN + image * IMAGE_IN + out * OUT
    assert by_hand == Decimal(published)
    half_a_unit = Decimal("0.000001") if by_hand % Decimal("0.000002") else Decimal(0)
    assert charged(text, image, out) == by_hand + half_a_unit


@pytest.mark.parametrize(("out", "published"), [(1286, "0.055082"), (5146, "0.194042"), (1287, "0.055118")])
def test_the_published_auto_example_is_a_group_of_one_and_a_fifth(out: int, published: str) -> None:
    """389 text and 672 image tokens times 1.2 is the only solution for all three."""
    assert charged(389, 672, out, Decimal("1.2")) == Decimal(published)


@pytest.mark.parametrize("model", ["gpt-image-2-all", "gpt-image-2-vip"])
def test_a_flat_price_is_three_cents_a_call_whatever_the_size(model: str) -> None:
    for size in (None, Size(1280, 544), Size(3840, 2160)):
        priced = estimate(MODELS[model], Pricing(prompt="p", size=size, quality=None), count=3, multiplier=ONE)
        assert priced.usd == priced.low_usd == priced.high_usd == Decimal("0.09")
        assert priced.basis == "flat"


def test_a_charge_without_details_counts_all_input_as_the_dearer_kind() -> None:
    assert charged(None, None, 196, total=848) == 848 * IMAGE_IN + 196 * OUT


def test_a_report_without_output_cannot_be_priced() -> None:
    assert charged(10, 0, 0) is None


def test_a_fixed_size_and_quality_leave_only_the_text_open() -> None:
    prompt = "a red fox in snow"
    priced = estimate(FREE, Pricing(prompt=prompt, size=Size(1024, 1024), quality="medium"), count=1, multiplier=ONE)
    assert priced.usd == Decimal("0.052746")  # 1756 x 30 + 13 x 5 millionths, up to an even one
    assert priced.high_usd == Decimal("0.052846")  # at most 33 tokens of text
    assert priced.low_usd == Decimal("0.052714")
    assert priced.basis == "estimate"


@pytest.mark.requirement("cost:ranges")
def test_auto_quality_is_a_range_from_low_to_high_with_medium_in_front() -> None:
    priced = estimate(FREE, Pricing(prompt="", size=Size(1024, 1024), quality="auto"), count=1, multiplier=ONE)
    assert priced.low_usd == round_up(196 * OUT + 4 * TEXT_IN)
    assert priced.usd == round_up(1756 * OUT + 8 * TEXT_IN)
    assert priced.high_usd == round_up(7024 * OUT + 16 * TEXT_IN)


@pytest.mark.requirement("cost:ranges")
def test_auto_size_is_a_range_over_the_shapes_it_was_seen_to_choose() -> None:
    priced = estimate(FREE, Pricing(prompt="", size=None, quality="high"), count=1, multiplier=ONE)
    assert priced.low_usd == round_up(5488 * OUT + 4 * TEXT_IN)
    assert priced.usd == round_up(7024 * OUT + 8 * TEXT_IN)
    assert priced.high_usd == round_up(7024 * OUT + 16 * TEXT_IN)


def test_inputs_are_priced_with_the_output() -> None:
    size = Size(1024, 1024)
    pricing = Pricing(prompt="", size=Size(2048, 2048), quality="high", inputs=[size] * 16)
    priced = estimate(FREE, pricing, count=1, multiplier=ONE)
    assert priced.usd == Decimal("0.559232") + 8 * TEXT_IN


def test_the_multiplier_and_the_count_apply_after_rounding_one_call() -> None:
    pricing = Pricing(prompt="", size=Size(1024, 1024), quality="low")
    one = estimate(FREE, pricing, count=1, multiplier=Decimal("1.2"))
    assert one.usd == round_up((196 * OUT + 8 * TEXT_IN) * Decimal("1.2"))
    assert estimate(FREE, pricing, count=7, multiplier=Decimal("1.2")).usd == one.usd * 7


def test_prices_of_a_size_by_quality_are_the_published_ones() -> None:
    assert prices_of_size(FREE, Size(1024, 1024), ONE) == {"low": "0.00588", "medium": "0.05268", "high": "0.21072"}
    assert prices_of_size(MODELS["gpt-image-2-vip"], Size(3840, 2160), Decimal("1.5")) == {"flat": "0.045"}


@pytest.mark.parametrize(
    ("usd", "text"),
    [("0", "0.00"), ("0.03", "0.03"), ("0.4", "0.40"), ("12", "12.00"), ("0.000002", "0.000002"), ("1E+2", "100.00")],
)
def test_an_amount_is_plain_text_with_two_decimals_or_more(usd: str, text: str) -> None:
    assert dollars(Decimal(usd)) == text


@given(st.decimals(min_value=0, max_value=1000, places=9))
def test_rounding_goes_up_and_never_by_a_whole_unit(usd: Decimal) -> None:
    rounded = round_up(usd)
    assert 0 <= rounded - usd < Decimal("0.000002")
    assert rounded % Decimal("0.000002") == 0
    assert from_microdollars(microdollars(rounded)) == rounded


@given(
    st.sampled_from(["low", "medium", "high", "auto", None]),
    st.sampled_from([None, Size(1024, 1024), Size(3840, 2160), Size(1536, 1024)]),
    st.lists(st.builds(Size, st.integers(16, 4000), st.integers(16, 4000)), max_size=4),
    st.text(max_size=200),
    st.integers(1, 10),
)
def test_the_likely_price_lies_between_its_bounds(
    quality: str | None, size: Size | None, inputs: list[Size], prompt: str, count: int
) -> None:
    pricing = Pricing(prompt=prompt, size=size, quality=quality, inputs=inputs)
    priced = estimate(FREE, pricing, count=count, multiplier=ONE)
    assert 0 < priced.low_usd <= priced.usd <= priced.high_usd
    assert all(isinstance(value, Decimal) for value in (priced.usd, priced.low_usd, priced.high_usd))
