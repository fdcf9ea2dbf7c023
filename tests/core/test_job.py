"""The life of a call: every cell of its table, and the walks that money takes through it."""

import itertools

import pytest

from darkroom.core.job import (
    CHARGE,
    FINAL,
    RESTING,
    TRANSITIONS,
    Event,
    IllegalTransitionError,
    State,
    Status,
    follow,
    status,
)

ROWS = [(state, event, after) for state, events in TRANSITIONS.items() for event, after in events.items()]
GAPS = [(state, event) for state, event in itertools.product(State, Event) if event not in TRANSITIONS[state]]


def reachable(start: State) -> set[State]:
    """Every state that can follow `start`, itself included."""
    seen: set[State] = set()
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting += TRANSITIONS[state].values()
    return seen


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_a_legal_event_moves_the_call(state: State, event: Event, after: State) -> None:
    assert follow(state, event) is after


@pytest.mark.parametrize(("state", "event"), GAPS)
def test_an_illegal_event_raises_and_changes_nothing(state: State, event: Event) -> None:
    before = {name: dict(events) for name, events in TRANSITIONS.items()}
    with pytest.raises(IllegalTransitionError, match=rf"{event} may not follow {state}"):
        follow(state, event)
    assert {name: dict(events) for name, events in TRANSITIONS.items()} == before


def test_the_table_has_a_row_for_every_state_and_a_use_for_every_event() -> None:
    assert set(TRANSITIONS) == set(State) == set(CHARGE)
    assert {event for _, event, _ in ROWS} == set(Event)
    assert reachable(State.PLANNED) == set(State)


def test_what_has_ended_stays_so() -> None:
    assert {State.SAVED, State.SPOILED, State.REFUSED, State.IN_DOUBT, State.CANCELLED} == FINAL
    assert FINAL | {State.HELD} == RESTING


@pytest.mark.requirement("charge:ends")
def test_a_sent_call_ends_only_with_a_picture_kept_bytes_a_free_refusal_or_a_doubt() -> None:
    ends = reachable(State.SENT) & FINAL
    by_way_of_retry = {State.CANCELLED}  # it was refused for free, waits to be sent again, and is dropped meanwhile
    assert ends - by_way_of_retry == {State.SAVED, State.SPOILED, State.REFUSED, State.IN_DOUBT}
    assert State.CANCELLED not in TRANSITIONS[State.SENT].values()


@pytest.mark.requirement("charge:never-twice")
def test_a_call_that_may_have_been_billed_is_never_sent_again() -> None:
    """Only a no that cost nothing leads back; after an answer or a silence nothing does."""
    back = [(state, event) for state, event, after in ROWS if after is State.PLANNED]
    assert back == [(State.SENT, Event.RETRY)]
    for state in (State.RECEIVED, State.HELD, State.IN_DOUBT, State.SAVED, State.SPOILED):
        assert not reachable(state) & {State.PLANNED, State.SENT}


@pytest.mark.requirement("charge:ends")
def test_what_was_received_is_never_cancelled() -> None:
    for state in (State.SENT, State.RECEIVED, State.HELD):
        assert Event.CANCEL not in TRANSITIONS[state]


def test_what_is_known_about_money_in_each_state() -> None:
    assert {state for state in State if CHARGE[state] == "none"} == {State.PLANNED, State.REFUSED, State.CANCELLED}
    assert {state for state in State if CHARGE[state] == "possible"} == {State.SENT, State.IN_DOUBT}


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([State.PLANNED], "working"),
        ([State.SENT, State.SAVED], "working"),
        ([State.RECEIVED], "working"),
        ([State.SAVED], "completed"),
        ([State.SAVED, State.REFUSED, State.IN_DOUBT], "completed"),
        ([State.SAVED, State.HELD], "completed"),
        ([State.HELD], "failed"),
        ([State.SPOILED], "failed"),
        ([State.REFUSED, State.CANCELLED], "failed"),
        ([State.IN_DOUBT, State.CANCELLED], "failed"),
        ([State.CANCELLED, State.CANCELLED], "cancelled"),
    ],
)
def test_a_job_is_told_by_its_calls(states: list[State], told: Status) -> None:
    assert status(states) == told


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_status(state: State) -> None:
    assert status([state]) in ("working", "completed", "failed", "cancelled")
    assert (status([state]) == "working") == (state not in RESTING)
