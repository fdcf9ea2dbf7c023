"""Caps on spending: whether a request may be sent, and the sentence if not."""

from decimal import Decimal

from darkroom.core.cost import dollars

WINDOW_SECONDS = 24 * 3600
"""The budget holds for any 24 hours, so no midnight doubles it."""


def budget_problem(
    *,
    high_usd: Decimal,
    spent_usd: Decimal,
    budget_usd: Decimal | None,
    max_call_usd: Decimal | None,
    count: int,
) -> str:
    """Say which cap a job of `count` calls, `high_usd` at the most each, would pass; empty if none.

    `spent_usd` is what the last 24 hours did cost or may yet cost.
    """
    if max_call_usd is not None and high_usd > max_call_usd:
        return (
            f"One call may cost up to ${dollars(high_usd)}, and DARKROOM_MAX_CALL_USD allows "
            f"${dollars(max_call_usd)}. Choose a lower quality, a smaller size or a cheaper model "
            f"(estimate_cost compares them).{_left(budget_usd, spent_usd)}"
        )
    total = high_usd * count
    if budget_usd is not None and spent_usd + total > budget_usd:
        return (
            f"This may cost up to ${dollars(total)}, and of the budget of ${dollars(budget_usd)} for any 24 hours "
            f"(DARKROOM_BUDGET_USD) ${dollars(left(budget_usd, spent_usd))} is left. Make fewer or cheaper pictures "
            "(estimate_cost compares them), wait, or ask the user to raise the budget."
        )
    return ""


def left(budget_usd: Decimal, spent_usd: Decimal) -> Decimal:
    """What is left of a budget, never below zero."""
    return max(Decimal(0), budget_usd - spent_usd)


def _left(budget_usd: Decimal | None, spent_usd: Decimal) -> str:
    if budget_usd is None:
        return ""
    return f" Of the budget for 24 hours ${dollars(left(budget_usd, spent_usd))} is left."
