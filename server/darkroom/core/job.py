"""The life of one paid call, as a table, and of the job that its calls make up.

Rule 1: every change of state is a row of `TRANSITIONS`; there is no other way to change state.
Rule 2: this module does not know how calls are sent or where files go. It only says which event may
follow which state, so that no event can lose a picture that was paid for.

* ``PLANNED``    written down; nothing sent, nothing charged
* ``SENT``       left this machine; from here on a charge is possible
* ``RECEIVED``   a raw answer that said 200 is on disk; charged and safe
* ``HELD``       charged and safe, but the place for the file is not there; saved when it is back
* ``SAVED``      the file is where it was asked to be; final
* ``SPOILED``    charged, and what came is no picture; its bytes are kept; final
* ``REFUSED``    the gateway, the preparation or a cap said no; not charged; final
* ``IN_DOUBT``   no answer came; a charge is possible; final, until a person settles it or the answer turns up
* ``CANCELLED``  dropped before it was sent; not charged; final
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Literal

from darkroom.catalog.faults import Charge


class State(StrEnum):
    """Where one call stands."""

    PLANNED = "planned"
    SENT = "sent"
    RECEIVED = "received"
    HELD = "held"
    SAVED = "saved"
    SPOILED = "spoiled"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to a call."""

    SEND = "send"
    """About to leave; written before the first byte does."""
    ANSWER = "answer"
    """The whole raw answer is on disk, and it is no refusal."""
    REFUSAL = "refusal"
    """A no that cost nothing."""
    RETRY = "retry"
    """A no that cost nothing and may be tried again."""
    SILENCE = "silence"
    """No answer will come any more."""
    SAVE = "save"
    """The file is in its place and in the library."""
    HOLD = "hold"
    """The place for the file is not there now."""
    SPOIL = "spoil"
    """What came is no picture."""
    CANCEL = "cancel"


TRANSITIONS: Final[Mapping[State, Mapping[Event, State]]] = {
    State.PLANNED: {
        Event.SEND: State.SENT,
        Event.REFUSAL: State.REFUSED,
        Event.CANCEL: State.CANCELLED,
    },
    State.SENT: {
        Event.ANSWER: State.RECEIVED,
        Event.REFUSAL: State.REFUSED,
        Event.RETRY: State.PLANNED,
        Event.SILENCE: State.IN_DOUBT,
    },
    State.RECEIVED: {
        Event.SAVE: State.SAVED,
        Event.HOLD: State.HELD,
        Event.SPOIL: State.SPOILED,
        # An error inside an answer that said 200: free only if it came before anything was made.
        Event.REFUSAL: State.REFUSED,
        Event.SILENCE: State.IN_DOUBT,
    },
    State.HELD: {Event.SAVE: State.SAVED, Event.HOLD: State.HELD, Event.SPOIL: State.SPOILED},
    State.SAVED: {},
    State.SPOILED: {},
    State.REFUSED: {},
    State.IN_DOUBT: {Event.ANSWER: State.RECEIVED},  # its worker was taken for gone, and was not
    State.CANCELLED: {},
}

FINAL: Final = frozenset(state for state, events in TRANSITIONS.items() if not events) | {State.IN_DOUBT}
"""States that nothing follows by itself; only an answer that turns up on disk follows a doubt."""

RESTING: Final = FINAL | {State.HELD}
"""States in which a job tells its caller that it has ended; a held picture may still be saved later."""

CHARGE: Final[Mapping[State, Charge]] = {
    State.PLANNED: "none",
    State.SENT: "possible",
    State.RECEIVED: "certain",
    State.HELD: "certain",
    State.SAVED: "certain",
    State.SPOILED: "certain",
    State.REFUSED: "none",
    State.IN_DOUBT: "possible",
    State.CANCELLED: "none",
}
"""What is known about money in each state."""

Status = Literal["working", "completed", "failed", "cancelled"]
"""What the caller reads of a job; the words of MCP's tasks."""


class IllegalTransitionError(Exception):
    """An event that may not follow a state; nothing was changed."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} may not follow {state}.")


def follow(state: State, event: Event) -> State:
    """Return the state that follows `event`.

    Raises:
        IllegalTransitionError: If the table has no such row.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransitionError(state, event) from None


def status(states: Iterable[State]) -> Status:
    """Return the status of a job from the states of its calls: completed means at least one picture."""
    seen = set(states)
    if seen - RESTING:
        return "working"
    if State.SAVED in seen:
        return "completed"
    return "cancelled" if seen <= {State.CANCELLED} else "failed"
