"""Why one call made no picture, and what is known about money."""

from dataclasses import dataclass

from darkroom.catalog.faults import Charge, Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The end of a call without a picture, as told to the agent."""

    code: Code
    message: str
    """Plain English: what happened, the gateway's own words quoted, what to do next. Ends with a full stop."""
    charge: Charge
    request_id: str = ""
    """The gateway's id of the call, for its support; empty if it gave none."""
    trace_id: str = ""
    path: str = ""
    """Bytes that came and were kept although they are no picture; empty if none."""
    another_model: bool = False
    """Whether another model could do better with the same request."""
