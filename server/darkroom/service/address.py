"""Which gateway a job belongs to, as its queue is named by."""

from darkroom.settings import Settings


def gateway_address(settings: Settings) -> str:
    """Return the address that goes into a queue's fingerprint; one word for a sandbox that the worker serves."""
    if settings.sandbox:
        return settings.sandbox_url or "sandbox"
    return settings.base_url
