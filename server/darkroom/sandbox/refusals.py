"""How the gateway says no: status and body of every refusal, in the shapes that it was seen to use."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One answer that is not a picture."""

    status: int
    message: str = ""
    type: str = "shell_api_error"
    param: str | None = ""
    code: str | None = None
    localized: str = ""
    """`localized_message` beside the message; empty leaves it out."""
    outer_status: bool = False
    """Whether `status_code` stands beside `error`."""
    details: dict[str, Any] = field(default_factory=dict[str, Any])
    """Further keys of `error`."""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    raw: bytes | None = None
    """The whole body instead of an error object, for HTML, emptiness and broken text."""
    content_type: str = "application/json"
    numbered: bool = True
    """Whether the gateway appends its request id to the message."""

    def body(self, request_id: str) -> bytes:
        """Return the bytes that go out, with the gateway's own number in the message."""
        if self.raw is not None:
            return self.raw
        message = f"{self.message} (request id: {request_id})" if self.numbered else self.message
        error: dict[str, Any] = {"message": message}
        if self.localized:
            error["localized_message"] = self.localized
        error |= {"type": self.type, "param": self.param, "code": self.code} | self.details
        whole: dict[str, Any] = {"status_code": self.status} if self.outer_status else {}
        return json.dumps(whole | {"error": error}, ensure_ascii=False).encode()


class RefusedError(Exception):
    """A call ends here, with a refusal and without a charge."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


def new_request_id() -> str:
    """Return a number as the gateway gives them: a timestamp and random digits."""
    return f"{datetime.now(UTC):%Y%m%d%H%M%S%f}{secrets.randbelow(10**9):09d}"


def invalid(
    message: str, param: str | None, code: str, kind: str = "invalid_request_error", status: int = 400
) -> RefusedError:
    """Return the error that refuses a request in OpenAI's own shape."""
    return RefusedError(Refusal(status=status, message=message, type=kind, param=param, code=code))


def user_error(message: str, param: str | None, code: str) -> RefusedError:
    """Return the error of the image service itself: sizes, backgrounds, files."""
    return invalid(message, param, code, kind="image_generation_user_error")


def missing(name: str) -> RefusedError:
    """Return the error for a required field that is not there."""
    return invalid(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")


def unknown(name: str) -> RefusedError:
    """Return the error for a field that the endpoint does not know."""
    return invalid(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def unsupported_value(name: str, value: object, choices: str) -> RefusedError:
    """Return the error for a value outside a closed set; `choices` is the list as the service words it."""
    return invalid(f"Invalid value: '{value}'. Supported values are: {choices}.", name, "invalid_value")


def mistyped(name: str, expected: str, value: object) -> RefusedError:
    """Return the error for a field of the wrong JSON type."""
    return invalid(
        f"Invalid type for '{name}': expected {expected}, but got {type_name(value)} instead.",
        name,
        "invalid_type",
    )


def type_name(value: object) -> str:
    """Name the JSON type of `value` with its article, as the service does."""
    if value is None:
        return "null"
    names = ((bool, "a boolean"), (int, "an integer"), (float, "a decimal number"), (str, "a string"))
    for kind, name in names:
        if isinstance(value, kind):
            return name
    return "an array" if isinstance(value, list) else "an object"


def listed(choices: tuple[str, ...], conjunction: str) -> str:
    """Join quoted `choices` as the service does: `'a', 'b', and 'c'`, and `'a' and 'b'` for two."""
    quoted = [f"'{choice}'" for choice in choices]
    if len(quoted) < 3:
        return f" {conjunction} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {conjunction} {quoted[-1]}"
