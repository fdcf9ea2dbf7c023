"""Taking secrets out of a stream of bytes, so that an answer which echoes the key is never on disk with it."""

import re
from collections.abc import Sequence
from typing import Final

PUT_INSTEAD: Final = b"[key]"

MIN_SECRET_CHARS: Final = 8
"""Shorter texts are no keys, and taking them out would spoil answers."""


class Scrubber:
    """Replaces every secret in the pieces of one stream, also one that lies across pieces."""

    def __init__(self, secrets: Sequence[str]) -> None:
        found = {secret.encode() for secret in secrets if len(secret) >= MIN_SECRET_CHARS}
        # The longest first, so that of two secrets which begin alike the whole one goes.
        self._secrets = sorted(found, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._secrets))) if self._secrets else None
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """Take a piece; return what is sure to be no part of a secret."""
        if self._pattern is None:
            return piece
        clean = self._pattern.sub(PUT_INSTEAD, self._held + piece)
        length = self._open_length(clean)
        self._held = clean[len(clean) - length :]
        return clean[: len(clean) - length]

    def flush(self) -> bytes:
        """Return what was held back: the beginning of a secret that did not go on."""
        rest, self._held = self._held, b""
        return rest

    def text(self, text: str) -> str:
        """Return a whole text without secrets."""
        return self._pattern.sub(PUT_INSTEAD, text.encode()).decode() if self._pattern else text

    def _open_length(self, clean: bytes) -> int:
        """Length of the longest end of `clean` that a secret may begin with."""
        tail = clean[len(clean) - min(len(clean), max(map(len, self._secrets)) - 1) :]
        starts = {secret[:1] for secret in self._secrets}
        # Few bytes begin a secret, so this looks at few places only.
        for at in (index for index in range(len(tail)) if tail[index : index + 1] in starts):
            if any(secret.startswith(tail[at:]) for secret in self._secrets):
                return len(tail) - at
        return 0
