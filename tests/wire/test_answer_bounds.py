"""What no body can do: break the reading of an answer, lose a picture's bytes, or seem complete too early."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.wire.answer import (
    EncodedPicture,
    ErrorInAnswerError,
    UnreadableAnswerError,
    decode,
    is_complete,
)
from darkroom.wire.folding import NotBase64Error

URL = "https://r2cdn.copilotbase.com/r2cdn2/0b7f.png"
DATA_URI = "data:image/png;base64,iVBORw0KGgo="

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
SHAPES = (
    "data",
    "error",
    "choices",
    "message",
    "content",
    "url",
    "b64_json",
    "image_url",
    "usage",
    "text",
    "code",
)
GATEWAY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from([URL, DATA_URI, f"![a]({URL})"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(SHAPES), inner, max_size=5),
    max_leaves=20,
)


def body(document: object) -> bytes:
    return json.dumps(document).encode()


def nothing_folded(offset: int, length: int) -> bytes:
    raise AssertionError("nothing was folded away")


@given(st.binary() | JSON.map(body) | GATEWAY_JSON.map(body) | st.binary().map(lambda junk: body({}) + junk))
def test_nothing_else_is_ever_raised(junk: bytes):
    try:
        answer = decode(junk)
    except (UnreadableAnswerError, ErrorInAnswerError):
        return
    for picture in answer.pictures:
        if isinstance(picture, EncodedPicture):
            assert b"".join(picture.text(nothing_folded))
    json.dumps([answer.text, dict(answer.echoed), answer.revised_prompt], ensure_ascii=False).encode()


@given(
    st.binary(min_size=1),
    st.sampled_from(["", "data:image/png;base64,", "data:;base64,", "DATA:image/jpeg;charset=x;base64,"]),
    st.booleans(),
    st.booleans(),
    st.integers(min_value=1, max_value=90),
)
def test_a_picture_survives_prefix_line_breaks_alphabet_and_missing_padding(
    pixels: bytes, prefix: str, padded: bool, url_safe: bool, width: int
):
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(pixels).decode()
    text = text if padded else text.rstrip("=")
    wrapped = " \r\n".join(text[start : start + width] for start in range(0, len(text), width))

    (picture,) = decode(body({"data": [{"b64_json": f"{prefix}{wrapped}\n"}]})).pictures

    assert isinstance(picture, EncodedPicture)
    assert b"".join(picture.content(nothing_folded)) == pixels


@pytest.mark.parametrize("text", ["not base64!", "图片", "a", "data:image/svg+xml,%3Csvg%2F%3E"])
def test_text_that_is_no_base64_is_kept_as_it_is(text: str):
    (picture,) = decode(body({"data": [{"b64_json": text}]})).pictures

    assert isinstance(picture, EncodedPicture)
    with pytest.raises(NotBase64Error):
        list(picture.content(nothing_folded))
    assert b"".join(picture.text(nothing_folded)) == "".join(text.split()).encode()


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_no_part_of_a_document_is_taken_for_the_whole(document: dict[str, object]):
    whole = body(document)

    assert is_complete(whole)
    assert is_complete(whole + b"\r\n")
    assert not any(is_complete(whole[:end]) for end in range(len(whole)))


@pytest.mark.parametrize(
    "part", [b"", b"  ", b"1", b'"a"', b"null", b"<html>", b"}", b"{} {}", b"\xff}", b"[" * 9999 + b"]"]
)
def test_what_is_no_document_is_not_complete(part: bytes):
    assert not is_complete(part)
