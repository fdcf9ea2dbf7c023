"""The bearer token that callers show: the user's own, or one made at the first start and kept."""

import contextlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from darkroom.adapters.private import private_folder
from darkroom.errors import SettingsError

OFF: Final = "off"
"""Value of DARKROOM_HTTP_TOKEN by which a user who listens on this machine only goes without."""

MIN_CHARS: Final = 16
FILE_NAME: Final = "http-token"
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Token:
    """What callers must show; empty if nothing."""

    value: str
    is_new: bool = False
    """Whether it was made just now, so that it has to be shown to the user."""

    def admits(self, authorization: str) -> bool:
        """Whether an `Authorization` header is right; takes as long for a nearly right one as for a wrong one."""
        if not self.value:
            return True
        scheme, _, shown = authorization.partition(" ")
        return hmac.compare_digest(shown.strip().encode(), self.value.encode()) and scheme.lower() == "bearer"


def token_for(setting: str, home: Path, host: str) -> Token:
    """Return the token of a server that listens on `host`.

    Raises:
        SettingsError: If it is too short, switched off for other machines to use, or cannot be kept.
    """
    if setting.lower() == OFF:
        if host not in LOOPBACK:
            raise SettingsError(
                f"DARKROOM_HTTP_TOKEN=off is only for 127.0.0.1, not for {host}: anybody could spend your money. "
                "Unset it, or set a token."
            )
        return Token("")
    if setting:
        if len(setting) < MIN_CHARS or not setting.isascii() or any(char.isspace() for char in setting):
            raise SettingsError(
                f"DARKROOM_HTTP_TOKEN is no token: it needs at least {MIN_CHARS} letters or digits without spaces. "
                "Unset it to have one made."
            )
        return Token(setting)
    return _kept(home / FILE_NAME)


def _kept(file: Path) -> Token:
    """Read the token of an earlier start, or make one; of several that start at once one makes it."""
    try:
        private_folder(file.parent)
        beside = file.with_name(f".{FILE_NAME}.{secrets.token_hex(4)}")
        made = secrets.token_urlsafe(32)
        if not file.exists():
            beside.touch(mode=0o600)
            beside.write_text(f"{made}\n", encoding="ascii")
            with contextlib.suppress(FileExistsError):
                os.link(beside, file)  # unlike a rename it never replaces what another start has written
            beside.unlink()
        kept = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(
            f"The token for HTTP cannot be kept in {str(file)!r} ({type(exc).__name__}). Set DARKROOM_HTTP_TOKEN."
        ) from exc
    if len(kept) < MIN_CHARS:
        raise SettingsError(f"{str(file)!r} holds no token. Delete it, and the next start makes one.")
    return Token(kept, is_new=kept == made)
