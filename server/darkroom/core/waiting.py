"""How long a call may wait: by the host's patience, what was asked for, and the user's setting."""

from dataclasses import dataclass

from darkroom.catalog.hosts import HOSTS, UNKNOWN_HOST, Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A bounded wait in seconds, and what to tell the caller if it is shorter than asked."""

    seconds: float
    warning: str = ""


def host_of(client: str) -> Host:
    """Return the row of the host that calls itself `client`."""
    return next((host for host in HOSTS if host.client == client), UNKNOWN_HOST)


def bound_wait(asked: int | None, client: str, setting: int | None) -> Wait:
    """Decide how long a call waits.

    `setting` (DARKROOM_WAIT_SECONDS) replaces the host's default and ceiling alike.
    """
    host = host_of(client)
    default, ceiling = host.default_wait_seconds, host.max_wait_seconds
    if setting is not None:
        default = ceiling = setting
    if asked is None:
        return Wait(seconds=default)
    if asked <= ceiling:
        return Wait(seconds=asked)
    reason = "DARKROOM_WAIT_SECONDS" if setting is not None else "the time that this host gives a call"
    return Wait(seconds=ceiling, warning=f"wait_seconds was cut from {asked} to {ceiling}, {reason}.")
