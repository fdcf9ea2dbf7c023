"""Counting o200k tokens, offline: what a text costs in an agent's context."""

import importlib
from typing import Protocol, cast


class _Encoding(Protocol):
    def encode(self, text: str) -> list[int]: ...


class _Encodings(Protocol):
    def o200k_base(self) -> _Encoding: ...


_O200K = cast("_Encodings", importlib.import_module("rs_bpe").openai).o200k_base()


def o200k_tokens(text: str) -> int:
    """Return how many o200k tokens `text` is."""
    return len(_O200K.encode(text))
