"""Whether a failed call is sent again, and when; the caller brings clock and chance."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from darkroom.catalog.retries import (
    JITTER,
    RETRIES,
    RETRY_AFTER_MAX_SECONDS,
    RETRY_AFTER_MIN_SECONDS,
    RetryKind,
)

_SECONDS = re.compile(r"\d{1,12}(?:\.\d{1,12})?", re.ASCII)


def next_wait(
    kind: RetryKind,
    retries_done: int,
    retry_after: str | None,
    jitter: float,
    *,
    now: datetime | None = None,
) -> float | None:
    """Return the seconds to wait before the call is sent again; None if it is not.

    Args:
        kind: Of the last failure. A call that may have been billed is `never` sent again.
        retries_done: How often this call was sent again already, for whatever reason.
        retry_after: That header, seconds or an HTTP date; honoured within the catalog's bounds.
        jitter: Chance, from 0 to 1, that spreads calls which failed together.
        now: The present, with its time zone; without it an HTTP date is ignored.
    """
    waits = RETRIES[kind].waits_seconds
    if retries_done >= len(waits):
        return None
    asked = _asked_seconds(retry_after, now)
    spread = 1 + JITTER * min(max(0.0, jitter), 1.0)
    if asked is None:
        return waits[retries_done] * spread
    return min(max(asked, RETRY_AFTER_MIN_SECONDS) * spread, RETRY_AFTER_MAX_SECONDS)


def needs_smaller_inputs(kind: RetryKind) -> bool:
    """Whether the input pictures are made smaller before the call is sent again."""
    return RETRIES[kind].smaller_inputs


def _asked_seconds(retry_after: str | None, now: datetime | None) -> float | None:
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    if now is None:
        return None
    try:
        then = parsedate_to_datetime(text)
        # A date without a zone is in UTC.
        seconds = ((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return seconds if math.isfinite(seconds) else None
