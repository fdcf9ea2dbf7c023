"""Every error this package raises on purpose.

* DarkroomError
  x RequestError            nothing was sent, nothing was charged; the caller can mend it
    - ArgumentError         an argument that is missing, unknown or out of range
    - MissingKeyError       no key for the gateway, and no sandbox
    - BudgetError           a cap on spending would be passed
    - DeclinedError         the user did not agree to the price
    - FolderError           a folder that cannot be written or read
    - UnknownJobError       a job id that the database does not hold
    - UnknownImageError     an image id that the library does not hold
  x SettingsError           an environment variable that makes no sense
  x DatabaseError           the database cannot be opened, read or written

The branch says who can act and whether money moved; the leaf says what happened.
A message names the offending value and ends with the next step.
What happens to a call after it was sent is no exception but a value: `core.failure.Failure`.
"""

from typing import ClassVar

from darkroom.catalog.faults import Code

NOTHING_SENT = "Nothing was sent and nothing was charged."


class DarkroomError(Exception):
    """Base of every error that this package raises on purpose; never raised itself."""

    code: ClassVar[Code] = "invalid_request"


class RequestError(DarkroomError):
    """The request was refused before anything was sent: no charge."""


class ArgumentError(RequestError):
    """An argument is missing, unknown or out of range; each problem is one sentence."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


class MissingKeyError(RequestError):
    """There is no key for the gateway, and the sandbox was not asked for."""

    code = "auth"


class BudgetError(RequestError):
    """The call would pass a cap on spending."""

    code = "budget"


class DeclinedError(RequestError):
    """The user was asked whether the price is right, and did not agree."""

    code = "cancelled"


class FolderError(RequestError):
    """A folder cannot be written, or lies outside what is allowed."""

    code = "storage"


class UnknownJobError(RequestError):
    """No job of this id is in the database."""


class UnknownImageError(RequestError):
    """No image of this id is in the library."""


class SettingsError(DarkroomError):
    """An environment variable that makes no sense; the server does not start a job with it."""


class DatabaseError(DarkroomError):
    """The database cannot be opened, read or written; nothing new is sent meanwhile."""

    code = "storage"
