"""Links to pictures that a server hands out: signed, so that nobody can make one, and ending, so that none lives on.

The key comes from the database's secret, so every server on one database makes and takes the same links.
"""

import base64
import hashlib
import hmac
from typing import Final, Literal, TypeAlias
from urllib.parse import urlencode

LINK_SECONDS: Final = 24 * 3600
"""How long a link works at least; as long as the gateway's own."""

STEP_SECONDS: Final = 3600
"""Ends of links are rounded up to this, so that the same picture keeps one link for a while."""

_PURPOSE: Final = b"darkroom image links 1"
_SIGNATURE_BYTES: Final = 16

Verdict: TypeAlias = Literal["good", "expired", "forged"]


def image_link(base_url: str, secret: str, image_id: str, now: float) -> str:
    """Return the link to a picture below `base_url`; it works for 24 to 25 hours from `now`."""
    expires_at = expiry(now)
    query = urlencode({"exp": expires_at, "sig": signature(secret, image_id, expires_at)})
    return f"{base_url}/images/{image_id}?{query}"


def expiry(now: float) -> int:
    """Return when a link made `now` ends, in seconds since 1970."""
    return (int(now) // STEP_SECONDS + 1) * STEP_SECONDS + LINK_SECONDS


def signature(secret: str, image_id: str, expires_at: int) -> str:
    """Sign that `image_id` may be seen until `expires_at`."""
    key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
    tag = hmac.digest(key, f"{image_id}\n{expires_at}".encode(), hashlib.sha256)[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(tag).rstrip(b"=").decode()


def check_link(secret: str, image_id: str, exp: str, sig: str, now: float) -> Verdict:
    """Say whether a link may be followed; an end that was changed is a forgery, not an expiry."""
    if not (exp.isascii() and exp.isdigit() and len(exp) <= 12 and exp == str(int(exp))):
        return "forged"
    if not hmac.compare_digest(signature(secret, image_id, int(exp)).encode(), sig.encode()):
        return "forged"
    return "good" if now < int(exp) else "expired"
