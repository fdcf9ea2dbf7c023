"""When a call is sent again: never if it may have been billed, otherwise as the catalog's table says."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.catalog.retries import JITTER, RETRIES, RetryKind
from darkroom.core.retry import needs_smaller_inputs, next_wait

KINDS: tuple[RetryKind, ...] = get_args(RetryKind)
REPEATED = [kind for kind in KINDS if kind != "never"]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def waits_of(kind: RetryKind) -> list[float]:
    waits: list[float] = []
    while (wait := next_wait(kind, len(waits), None, 0.0)) is not None:
        waits.append(wait)
    return waits


def test_the_table_has_a_row_for_every_kind():
    assert set(RETRIES) == set(KINDS)


def test_every_kind_is_repeated_as_often_and_as_late_as_its_row_says():
    assert {kind: waits_of(kind) for kind in KINDS} == {
        "never": [],
        "unsent": [5, 15],
        "saturated": [5, 15, 45],
        "restarting": [30, 60],
        "unavailable": [15, 45],
        "unwritten": [5],
        "overburdened": [5],
    }
    assert {kind: RETRIES[kind].max_retries for kind in KINDS} == {k: len(waits_of(k)) for k in KINDS}


def test_inputs_are_made_smaller_only_after_a_failure_that_gives_no_reason():
    assert [kind for kind in KINDS if needs_smaller_inputs(kind)] == ["overburdened"]


@given(st.integers(min_value=0, max_value=9), st.sampled_from([None, "1", "Sun, 22 Nov 2026 12:00:30 GMT"]))
def test_a_call_that_may_have_been_billed_is_not_repeated_whatever_the_gateway_asks(done: int, asked: str | None):
    assert next_wait("never", done, asked, 0.5, now=NOW) is None


@given(st.sampled_from(REPEATED), st.floats())
def test_jitter_only_ever_adds_its_share(kind: RetryKind, jitter: float):
    wait = next_wait(kind, 0, None, jitter)

    assert wait is not None
    assert RETRIES[kind].waits_seconds[0] <= wait <= RETRIES[kind].waits_seconds[0] * (1 + JITTER)


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("20", 20),
        (" 20 ", 20),
        ("1.5", 1.5),
        ("0", 1),
        ("119", 119),
        ("121", 120),
        ("999999999999", 120),
        (format_datetime(NOW + timedelta(seconds=40), usegmt=True), 40),
        ("Sun, 22 Nov 2026 12:00:40 -0000", 40),
        ("Sun, 22 Nov 2026 13:00:40 +0100", 40),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 1),
        (format_datetime(NOW + timedelta(days=1), usegmt=True), 120),
    ],
)
def test_the_gateway_may_set_the_wait_within_bounds(asked: str, wait: float):
    assert next_wait("saturated", 0, asked, 0.0, now=NOW) == wait


@pytest.mark.parametrize("asked", ["", "soon", "-5", "1e9", "٣", "Sun, 99 Nov 2026 12:00:40 GMT", None])
def test_a_wait_that_makes_no_sense_is_ignored(asked: str | None):
    assert next_wait("saturated", 1, asked, 0.0, now=NOW) == 15


def test_a_date_says_nothing_without_a_clock():
    assert next_wait("saturated", 0, "Sun, 22 Nov 2026 12:00:40 GMT", 0.0) == 5


def test_what_the_gateway_asks_for_buys_no_further_retry():
    assert next_wait("saturated", 3, "10", 0.0) is None


@given(
    st.sampled_from(REPEATED),
    st.text() | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(format_datetime),
    st.floats(),
)
def test_no_header_moves_the_wait_out_of_its_bounds(kind: RetryKind, asked: str, jitter: float):
    wait = next_wait(kind, 0, asked, jitter, now=NOW)

    assert wait is not None
    assert math.isfinite(wait)
    assert 1 <= wait <= 120
