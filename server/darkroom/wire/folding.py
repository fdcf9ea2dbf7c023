"""Long base64 in an answer, folded away, so that a large answer is read and decoded in small pieces.

A 4K picture makes an answer of 33 MB, nearly all of it one string. `fold` puts a mark of a few characters in the
place of what is certainly base64 and leaves everything else as it came, so that the rest can be parsed as JSON of
any shape; `unfolded` gives the base64 back, and `decoded` its bytes.
"""

import binascii
import re
import string
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

ReadAt: TypeAlias = Callable[[int, int], bytes]
"""Give so many bytes of a body from a place on: offset, length; fewer at its end."""

BLOCK_BYTES: Final = 1 << 16
"""What is folded or not as a whole; also what of a picture stays unfolded, at most, at either end."""

_PIECE_BYTES: Final = 1 << 20

# The mark begins with a letter that no escape of JSON takes, and holds nothing that base64 does not.
_MARK: Final = "ZZdarkroomfolded{:015d}{:015d}"
_MARKED: Final = re.compile(r"ZZdarkroomfolded(\d{15})(\d{15})")

_BASE64: Final = f"{string.ascii_letters}{string.digits}+/-_".encode()
# A block must not end within an escape, nor between the two that end a line: what is folded would part them.
_CUT: Final = re.compile(rb"\\(?:u[0-9A-Fa-f]{0,3}|r)?\Z")
_LONGEST_CUT: Final = 6
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
# What a JSON string may hold of base64 besides its letters: an escaped slash, and the ends of wrapped lines.
_ESCAPES: Final = ((b"\\/", b"/"), (b"\\n", b""), (b"\\r", b""))


class NotBase64Error(ValueError):
    """A text that was taken for base64 is none."""


def fold(read_at: ReadAt) -> bytes:
    """Return the body with marks in the place of long base64."""
    kept: list[bytes] = []
    at = begin = 0
    while block := _block(read_at, at, BLOCK_BYTES):
        if len(block) < BLOCK_BYTES or _bare(block).translate(None, _BASE64):
            kept += [_mark(begin, at), block]
            begin = at + len(block)
        at += len(block)
    return b"".join([*kept, _mark(begin, at)])


def unfolded(text: str, read_at: ReadAt) -> Iterator[bytes]:
    """Yield the base64 of `text`, which may hold marks, in pieces."""
    end = 0
    for mark in _MARKED.finditer(text):
        yield text[end : mark.start()].encode("utf-8", "replace")
        at, until = int(mark[1]), int(mark[1]) + int(mark[2])
        while at < until and (piece := _block(read_at, at, min(_PIECE_BYTES, until - at))):
            at += len(piece)
            yield _bare(piece)
        end = mark.end()
    yield text[end:].encode("utf-8", "replace")


def decoded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Decode base64 of either alphabet, padded or not, as it comes.

    Raises:
        NotBase64Error: If it is none; what came before may have been yielded.
    """
    rest = b""
    for piece in pieces:
        rest += piece.translate(_URL_SAFE) if b"-" in piece or b"_" in piece else piece
        bare = len(rest.rstrip(b"="))
        whole = bare - bare % 4
        yield _decoded(rest[:whole])
        rest = rest[whole:]
    bare = rest.rstrip(b"=")
    yield _decoded(bare + b"=" * (-len(bare) % 4))


def shown(text: str) -> str:
    """Return a text for people: what is folded is no words."""
    return _MARKED.sub("…", text)


def _block(read_at: ReadAt, at: int, length: int) -> bytes:
    """Read a piece that does not end in the middle of an escape, or of the end of a line."""
    block = read_at(at, length)
    while _CUT.search(block, max(0, len(block) - _LONGEST_CUT)) and (more := read_at(at + len(block), 1)):
        block += more
    return block


def _bare(block: bytes) -> bytes:
    if b"\\" in block:
        for escape, letter in _ESCAPES:
            block = block.replace(escape, letter)
    return block


def _mark(begin: int, end: int) -> bytes:
    return _MARK.format(begin, end - begin).encode() if end > begin else b""


def _decoded(block: bytes) -> bytes:
    try:
        return binascii.a2b_base64(block, strict_mode=True)
    except binascii.Error as exc:
        raise NotBase64Error from exc
