"""What the database holds about jobs, calls and pictures, as values."""

from dataclasses import dataclass

from darkroom.core.failure import Failure
from darkroom.core.job import State, Status
from darkroom.core.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One paid call of a job. Amounts are millionths of a US dollar, times are seconds since 1970."""

    call_id: str
    job_id: str
    ordinal: int
    """1 for the first call of a job."""
    state: State
    attempt: int
    """How often it was sent in all."""
    tries: int
    """How often it was sent to the present model."""
    model: str
    executor: str
    """Worker that sent it last."""
    sent_at: float | None
    ended_at: float | None
    next_send_at: float | None
    """When a refused call is tried again; None if no retry waits."""
    reserved_microusd: int
    charged_microusd: int | None
    """What it did cost; None while that is not known."""
    basis: str
    """Where `charged_microusd` comes from: `flat`, `usage`, `estimate` or `unknown`."""
    failure: Failure | None
    note: str
    """What happened so far, a line each, for the progress message and the result."""
    target: str
    """File that the picture goes to; empty until that is decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One picture of the library."""

    image_id: str
    job_id: str
    call_id: str
    created_at: float
    kind: str
    """`picture`, or `original` for the model's own picture kept beside a finished one, or `input`."""
    path: str
    format: str
    width: int
    height: int
    bytes: int
    sha256: str
    prompt: str
    model: str
    turn: int
    """1 for a picture made from words, one more for each edit."""
    root_id: str
    """First picture of the family."""
    derived_from: tuple[str, ...]
    original_image_id: str
    requested_size: str
    source_url: str
    source_url_expires_at: float | None
    charged_microusd: int | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job with its calls and pictures."""

    job_id: str
    created_at: float
    queue: str
    status: Status
    order: Order
    ended_at: float | None
    delivered_at: float | None
    """When its result was first given to a caller who was still there."""
    note: str
    calls: tuple[Call, ...]
    images: tuple[Image, ...]
    """Pictures that were ordered, in the order of the calls."""
