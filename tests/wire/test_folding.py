"""Large answers are read with their base64 folded away: whatever the shape, the same pictures come out, in pieces."""

import base64
import itertools
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.wire.answer import EncodedPicture, decode, is_complete
from darkroom.wire.folding import BLOCK_BYTES, NotBase64Error, ReadAt, decoded, fold, shown

LARGE = bytes(range(256)) * 1200
"""More than six blocks as base64, with every letter of both alphabets."""


def reader(body: bytes) -> ReadAt:
    return lambda offset, length: body[offset : offset + length]


def encoded(pixels: bytes) -> str:
    return base64.b64encode(pixels).decode()


def contents(body: bytes, text: bytes) -> list[bytes]:
    pictures = [picture for picture in decode(text).pictures if isinstance(picture, EncodedPicture)]
    return [b"".join(picture.content(reader(body))) for picture in pictures]


def wrapped(text: str, width: int = 76, ends: str = "\n") -> str:
    return ends.join(text[start : start + width] for start in range(0, len(text), width))


SHAPES: dict[str, Callable[[str], object]] = {
    "images": lambda text: {"data": [{"b64_json": text}], "usage": {"input_tokens": 1, "output_tokens": 2}},
    "data prefix": lambda text: {"data": [{"b64_json": f"data:image/png;base64,{text}"}]},
    "url field": lambda text: {"data": [{"url": f"data:image/png;base64,{text}"}]},
    "wrapped": lambda text: {"data": [{"b64_json": wrapped(text)}]},
    "wrapped as in mail": lambda text: {"data": [{"b64_json": wrapped(text, ends="\r\n")}]},
    "url-safe": lambda text: {"data": [{"b64_json": text.replace("+", "-").replace("/", "_").rstrip("=")}]},
    "markdown": lambda text: {"choices": [{"message": {"content": f"![a](data:image/png;base64,{text}) done"}}]},
    "content part": lambda text: {
        "choices": [{"message": {"content": [{"type": "image_url", "image_url": {"url": f"data:;base64,{text}"}}]}}]
    },
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("escaped", [False, True], ids=["plain", "slashes escaped"])
@pytest.mark.parametrize("lead", [0, 1, 2, 3, BLOCK_BYTES - 31, BLOCK_BYTES - 30], ids=str)
def test_every_shape_gives_the_same_picture_and_next_to_nothing_is_kept_in_memory(
    shape: str, escaped: bool, lead: int
) -> None:
    body = b" " * lead + json.dumps(SHAPES[shape](encoded(LARGE))).encode()
    body = body.replace(b"/", rb"\/") if escaped else body

    text = fold(reader(body))

    assert contents(body, text) == contents(body, body) == [LARGE]
    assert len(text) < 3 * BLOCK_BYTES
    assert is_complete(text)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("lead", range(90))
def test_wrapped_base64_is_whole_wherever_its_line_ends_fall(ends: str, lead: int) -> None:
    """The lines of a chat answer, with their ends at, before and behind the edge of a block."""
    content = f"![a](data:image/png;base64,{wrapped(encoded(LARGE), ends=ends)})"
    body = b" " * lead + json.dumps({"choices": [{"message": {"content": content}}]}).encode()

    assert contents(body, fold(reader(body))) == [LARGE]


@pytest.mark.parametrize("lead", range(BLOCK_BYTES - 60, BLOCK_BYTES + 1))
def test_an_escape_at_the_edge_of_a_block_does_not_make_an_answer_incomplete(lead: int) -> None:
    text = encoded(LARGE).replace("+", r"\u002b", 1)
    body = b'{"data": [{"b64_json": "' + b"Q" * (lead // 4 * 4) + text.encode() + b'"}]}'

    assert is_complete(fold(reader(body)))


def test_several_pictures_keep_their_order() -> None:
    pictures = [LARGE, LARGE[::-1], b"small", LARGE[1:]]
    body = json.dumps({"data": [{"b64_json": encoded(pixels)} for pixels in pictures]}).encode()

    assert contents(body, fold(reader(body))) == pictures


@given(st.binary(), st.integers(min_value=1, max_value=9))
def test_what_is_short_stays_as_it_is(body: bytes, times: int) -> None:
    assert fold(reader(body * times)) == body * times


@given(st.binary(max_size=64), st.binary(max_size=64), st.integers(min_value=0, max_value=5))
def test_a_part_of_an_answer_is_as_incomplete_folded_as_it_came(before: bytes, after: bytes, blocks: int) -> None:
    body = before + b"QUJD" * (blocks * BLOCK_BYTES // 4) + after

    assert is_complete(fold(reader(body))) == is_complete(body)


@given(st.binary(max_size=300), st.lists(st.integers(min_value=0, max_value=400), max_size=6), st.booleans())
def test_base64_is_decoded_wherever_it_is_cut(pixels: bytes, cuts: list[int], padded: bool) -> None:
    text = base64.b64encode(pixels) if padded else base64.b64encode(pixels).rstrip(b"=")
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[begin:end] for begin, end in itertools.pairwise(places)]

    assert b"".join(decoded(pieces)) == pixels


@pytest.mark.parametrize("pieces", [[b"A"], [b"AB=", b"CD=="], [b"QUJD", b"!"], [b"QU=JD"], [b"QUJD", b" ", b"QUJD"]])
def test_what_is_no_base64_is_not_decoded(pieces: list[bytes]) -> None:
    with pytest.raises(NotBase64Error):
        list(decoded(pieces))


def test_words_that_were_folded_are_shown_as_a_gap() -> None:
    answer = {"choices": [{"message": {"content": f"I cannot. {'a' * 300_000} Sorry."}}]}
    body = json.dumps(answer).encode()

    text = decode(fold(reader(body))).text

    assert text.startswith("I cannot. a")
    assert text.endswith("a Sorry.")
    assert "…" in text
    assert shown("nothing folded") == "nothing folded"
