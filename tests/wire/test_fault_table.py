"""The table of faults: every mark of every row leads to its row, and no row risks a second payment."""

import json
from typing import Any, get_args

import pytest

from darkroom.catalog.endings import NO_PICTURE, REFUSED_IN_WORDS, TRANSPORT, UNREADABLE, TransportKind
from darkroom.catalog.faults import FAULTS, REDIRECTED, REFUSED, UNKNOWN, Fault
from darkroom.wire.faults import classify
from darkroom.wire.message import WireResponse

ALL = (*FAULTS, REDIRECTED, REFUSED, UNKNOWN, *TRANSPORT.values(), REFUSED_IN_WORDS, NO_PICTURE, UNREADABLE)


def marks(kind: str) -> list[Any]:
    return [pytest.param(row, mark, id=f"{row.name}-{mark}") for row in FAULTS for mark in getattr(row, kind)]


def outcome(status: int, **error: Any) -> tuple[str, str, str]:
    body = json.dumps({"error": {"message": "", "type": "shell_api_error", **error}}).encode()
    verdict = classify(WireResponse(status=status, headers={}, body=body), model="m")
    return verdict.failure.code, verdict.failure.charge, verdict.retry


def row_outcome(row: Fault) -> tuple[str, str, str]:
    return row.code, row.charge, row.retry


@pytest.mark.parametrize(("row", "code"), marks("codes"))
@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_a_code_leads_to_its_row_whatever_the_status(row: Fault, code: str, status: int):
    assert outcome(status, code=code) == row_outcome(row)
    assert outcome(status, code=code.upper(), param="size", message="负载已饱和") == row_outcome(row)


@pytest.mark.parametrize(("row", "param"), marks("params"))
@pytest.mark.parametrize("status", [400, 422, 429])
def test_a_parameter_leads_to_its_row_when_a_request_was_refused(row: Fault, param: str, status: int):
    assert outcome(status, param=param) == row_outcome(row)


@pytest.mark.parametrize(("row", "words"), marks("words"))
@pytest.mark.parametrize("status", [500, 503])
def test_words_lead_to_their_row_whatever_the_status(row: Fault, words: str, status: int):
    assert outcome(status, message=f"Sorry: {words.upper()}, please (request id: 2026)") == row_outcome(row)
    assert outcome(status, code=words) == row_outcome(row)
    assert outcome(status, localized_message=words, code=None) == row_outcome(row)


@pytest.mark.parametrize(("row", "status"), marks("statuses"))
def test_a_status_leads_to_its_row_when_nothing_else_is_said(row: Fault, status: int):
    assert outcome(status, code=None) == row_outcome(row)
    assert outcome(500, code="bad_response_status_code", param=str(status)) == row_outcome(row)


@pytest.mark.parametrize(
    ("status", "row"),
    [
        (301, REDIRECTED),
        (307, REDIRECTED),
        (418, REFUSED),
        (426, REFUSED),
        (505, UNKNOWN),
        (520, UNKNOWN),
        (100, UNKNOWN),
    ],
)
def test_a_status_that_no_row_knows_is_judged_by_its_class(status: int, row: Fault):
    assert outcome(status) == row_outcome(row)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_a_row_is_whole(row: Fault):
    assert row.meaning.endswith(".")
    assert row.advice.endswith(".")
    assert all(code == code.casefold() for code in row.codes)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_what_may_have_been_billed_is_never_repeated(row: Fault):
    assert row.charge == "none" or row.retry == "never"


def test_no_status_and_no_code_stands_in_two_rows():
    for kind in ("statuses", "codes", "params"):
        found = [mark for row in FAULTS for mark in getattr(row, kind)]
        assert len(found) == len(set(found))


def test_rows_that_are_repeated_are_not_found_by_a_code_or_a_parameter():
    """A relay wraps other errors into such codes, so the words are read before it is repeated."""
    assert [row.name for row in FAULTS if row.retry != "never" and (row.codes or row.params)] == []


@pytest.mark.parametrize(("row", "words"), marks("words"))
@pytest.mark.parametrize("status", [408, 504, 520, 524])
def test_no_words_repeat_a_call_whose_status_leaves_its_charge_in_doubt(row: Fault, words: str, status: int):
    assert outcome(status, message=words)[2] == "never"
    assert row.retry == "never" or outcome(status, message=words)[1] == "possible"


def test_the_type_of_an_error_is_no_mark():
    for kind in ("moderation_blocked", "rate_limit_exceeded", "invalid_request_error", "invalid_value"):
        assert outcome(503, type=kind) == outcome(503)


def test_the_order_is_what_must_not_be_repeated_first():
    assert list(dict.fromkeys(row.code for row in FAULTS)) == [
        "key_type",
        "quota",
        "content_policy",
        "invalid_request",
        "auth",
        "too_large",
        "rate_limited",
        "gateway",
        "timeout",
        "upstream",
    ]


def test_every_way_to_end_without_an_answer_has_a_row():
    assert set(TRANSPORT) == set(get_args(TransportKind))
