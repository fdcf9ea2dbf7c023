"""Caps: what is refused, what is not, and what a caller can do about it."""

from decimal import Decimal

import pytest
from inline_snapshot import snapshot

from darkroom.core.budget import budget_problem, left


def problem(
    high: str, *, spent: str = "0", budget: str | None = None, max_call: str | None = None, count: int = 1
) -> str:
    """The sentence about a job of `count` calls of at most `high` dollars each."""
    return budget_problem(
        high_usd=Decimal(high),
        spent_usd=Decimal(spent),
        budget_usd=None if budget is None else Decimal(budget),
        max_call_usd=None if max_call is None else Decimal(max_call),
        count=count,
    )


def test_without_caps_everything_may_be_sent() -> None:
    assert problem("1000", spent="1000") == ""


@pytest.mark.requirement("budget:cap")
def test_the_last_cent_may_be_spent_and_not_one_more() -> None:
    assert problem("0.03", spent="0.97", budget="1") == ""
    assert problem("0.03", spent="0.970002", budget="1") == snapshot(
        "This may cost up to $0.03, and of the budget of $1.00 for any 24 hours (DARKROOM_BUDGET_USD) $0.029998 "
        "is left. Make fewer or cheaper pictures (estimate_cost compares them), wait, or ask the user to raise "
        "the budget."
    )


def test_every_picture_of_a_job_counts_against_the_budget() -> None:
    assert problem("0.03", budget="0.09", count=3) == ""
    assert "up to $0.12" in problem("0.03", budget="0.09", count=4)


def test_the_cap_on_a_call_is_about_one_picture() -> None:
    assert problem("0.03", max_call="0.03", count=10) == ""
    assert problem("0.040002", max_call="0.04", budget="1", spent="0.2") == snapshot(
        "One call may cost up to $0.040002, and DARKROOM_MAX_CALL_USD allows $0.04. "
        "Choose a lower quality, a smaller size or a cheaper model (estimate_cost compares them). "
        "Of the budget for 24 hours $0.80 is left."
    )


def test_a_budget_of_nothing_lets_nothing_through() -> None:
    assert problem("0.000002", budget="0") != ""


def test_an_overspent_budget_has_nothing_left() -> None:
    assert left(Decimal(1), Decimal(3)) == 0
    assert left(Decimal(3), Decimal(1)) == 2
