"""What a 2xx body holds: every known shape is read, and nothing that was paid for is taken for nothing."""

import base64
import json
import textwrap
from typing import Any

import pytest

from darkroom.wire.answer import (
    Answer,
    EncodedPicture,
    ErrorInAnswerError,
    LinkedPicture,
    UnreadableAnswerError,
    Usage,
    decode,
)

PIXELS = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
BASE64 = base64.b64encode(PIXELS).decode()
DATA_URI = f"data:image/png;base64,{BASE64}"
URL = "https://r2cdn.copilotbase.com/r2cdn2/0b7f.png"
OTHER_URL = "https://r2cdn.copilotbase.com/r2cdn2/77aa.PNG?X-Sig=a%2Fb&e=1"


def body(document: object) -> bytes:
    return json.dumps(document).encode()


def images_body(**item: Any) -> bytes:
    return body({"created": 1778037127, "data": [item]})


def chat_body(content: object, **message: Any) -> bytes:
    said = {"role": "assistant", "content": content, **message}
    return body({"object": "chat.completion", "choices": [{"index": 0, "message": said, "finish_reason": "stop"}]})


def test_the_official_answer_is_read_with_its_usage_and_what_it_repeats():
    answer = decode(
        body(
            {
                "created": 1778037127,
                "background": "opaque",
                "output_format": "png",
                "quality": "low",
                "size": "1024x1024",
                "data": [{"b64_json": BASE64, "revised_prompt": None}],
                "usage": {
                    "input_tokens": 848,
                    "input_tokens_details": {"image_tokens": 832, "text_tokens": 16},
                    "output_tokens": 196,
                    "output_tokens_details": {"image_tokens": 196, "text_tokens": 0},
                    "total_tokens": 1044,
                },
            }
        )
    )

    assert answer == Answer(
        pictures=(EncodedPicture(base64=BASE64),),
        text="",
        usage=Usage(text_in_tokens=16, image_in_tokens=832, input_tokens=848, output_tokens=196),
        echoed={"size": "1024x1024", "quality": "low", "background": "opaque", "output_format": "png"},
        revised_prompt="",
    )


def test_a_link_is_read_with_a_usage_that_is_not_split():
    answer = decode(
        body(
            {
                "created": 1778037127,
                "data": [{"url": OTHER_URL, "revised_prompt": "a red fox"}],
                "usage": {"input_tokens": 30, "output_tokens": 2074, "total_tokens": 2104},
            }
        )
    )

    assert answer == Answer(
        pictures=(LinkedPicture(url=OTHER_URL),),
        text="",
        usage=Usage(text_in_tokens=None, image_in_tokens=None, input_tokens=30, output_tokens=2074),
        echoed={},
        revised_prompt="a red fox",
    )


def test_a_chat_completion_is_read_with_its_own_names_of_the_usage():
    answer = decode(
        body(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1778037331,
                "model": "gpt-image-2-all",
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": f"![image]({URL})\n\n"},
                        "finish_reason": "stop",
                    }
                ],
                "usage": {"prompt_tokens": 24, "completion_tokens": 818, "total_tokens": 842},
            }
        )
    )

    assert answer.pictures == (LinkedPicture(url=URL),)
    assert answer.text == ""
    assert answer.usage == Usage(text_in_tokens=None, image_in_tokens=None, input_tokens=24, output_tokens=818)


@pytest.mark.parametrize(
    "content",
    [
        f"![image]({URL})",
        f'Here you are:\n![a fox]( <{URL}> "title")\nEnjoy!',
        f"[Download]({URL})",
        f"Here you are: {URL}.",
        f'<img src="{URL}">',
        [{"type": "image_url", "image_url": {"url": URL}}],
        [{"type": "image_url", "image_url": URL}],
        [{"type": "text", "text": f"![image]({URL})"}],
        [{"type": "output_image", "url": URL}],
        {"type": "image_url", "image_url": {"url": URL}},
    ],
    ids=lambda content: json.dumps(content)[:40],
)
def test_a_link_in_a_chat_answer_is_found(content: object):
    assert decode(chat_body(content)).pictures == (LinkedPicture(url=URL),)


@pytest.mark.parametrize(
    "content",
    [
        f"![image]({DATA_URI})",
        DATA_URI,
        f"Here you are: {DATA_URI} and nothing else",
        "data:image/png;base64," + "\n".join(textwrap.wrap(BASE64, 76)),
        BASE64,
        [{"type": "image_url", "image_url": {"url": DATA_URI}}],
        [{"type": "image", "b64_json": BASE64}],
    ],
    ids=lambda content: json.dumps(content)[:40],
)
def test_a_picture_inside_a_chat_answer_is_found(content: object):
    (picture,) = decode(chat_body(content)).pictures

    assert isinstance(picture, EncodedPicture)
    assert b"".join(picture.content(lambda _offset, _length: b"")) == PIXELS


def test_markdown_wins_over_a_bare_link_and_several_pictures_keep_their_order():
    content = f"![1]({URL}) ![2]({OTHER_URL}) also at https://example.com/thumbnail.png"

    assert decode(chat_body(content)).pictures == (LinkedPicture(url=URL), LinkedPicture(url=OTHER_URL))


def test_the_same_picture_named_twice_is_one_picture():
    content = [{"type": "text", "text": f"![1]({URL})"}, {"type": "image_url", "image_url": {"url": URL}}]

    assert decode(chat_body(content)).pictures == (LinkedPicture(url=URL),)


def test_pictures_beside_the_content_of_a_message_are_found():
    beside = [{"type": "image_url", "image_url": {"url": DATA_URI}}]

    assert len(decode(chat_body("", images=beside)).pictures) == 1


def test_the_chat_endpoint_may_answer_in_the_shape_of_the_images_api():
    document = {"created": 1, "data": [{"url": URL}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}

    assert decode(body(document)).pictures == (LinkedPicture(url=URL),)


@pytest.mark.parametrize("field", ["url", "b64_json"])
def test_link_and_picture_are_told_apart_by_their_text_not_by_their_field(field: str):
    assert decode(images_body(**{field: URL})).pictures == (LinkedPicture(url=URL),)
    assert decode(images_body(**{field: DATA_URI})).pictures == (EncodedPicture(base64=BASE64),)
    assert decode(images_body(**{field: f" {BASE64}\n"})).pictures == (EncodedPicture(base64=BASE64),)


def test_a_picture_that_came_is_preferred_to_its_link():
    assert decode(images_body(url=URL, b64_json=BASE64)).pictures == (EncodedPicture(base64=BASE64),)
    assert decode(images_body(url=URL, b64_json=None)).pictures == (LinkedPicture(url=URL),)


def test_a_picture_beside_an_error_is_a_picture():
    assert len(decode(body({"error": {"message": "late"}, "data": [{"url": URL}]})).pictures) == 1


def test_odd_lists_of_pictures_are_read():
    assert decode(body({"data": {"url": URL}})).pictures == (LinkedPicture(url=URL),)
    assert decode(body({"data": [URL]})).pictures == (LinkedPicture(url=URL),)


def test_a_byte_that_is_no_utf_8_does_not_lose_a_picture():
    broken = images_body(b64_json=BASE64, revised_prompt="caf_").replace(b"caf_", b"caf\xe9")

    assert decode(broken).pictures == (EncodedPicture(base64=BASE64),)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("I cannot draw that.", "I cannot draw that."),
        ([{"type": "text", "text": "Which fox?"}, {"type": "text", "text": "Red?"}], "Which fox?\nRed?"),
        ("![image](sandbox:/mnt/data/fox.png)", "![image](sandbox:/mnt/data/fox.png)"),
        (None, ""),
        ("half \ud800 a character", "half ? a character"),
    ],
)
def test_text_instead_of_a_picture_is_kept(content: object, text: str):
    answer = decode(chat_body(content))

    assert answer.pictures == ()
    assert answer.text == text


def test_a_refusal_is_text_too():
    assert decode(chat_body(None, refusal="Against the rules.")).text == "Against the rules."


@pytest.mark.parametrize("data", [[], None, [{}], [{"b64_json": ""}], [{"url": None}]])
def test_an_answer_without_pictures_is_an_answer(data: object):
    assert decode(body({"created": 1, "data": data})).pictures == ()


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"output_tokens": 5},
        {"input_tokens": -1, "output_tokens": 5},
        {"input_tokens": True, "output_tokens": "5"},
        "1",
    ],
)
def test_a_usage_that_counts_nothing_is_none(usage: object):
    assert decode(body({"data": [{"url": URL}], "usage": usage})).usage is None


@pytest.mark.parametrize("details", [None, {}, {"text_tokens": 3}, {"text_tokens": 0, "image_tokens": 0}])
def test_a_split_that_is_missing_or_of_zeros_is_none(details: object):
    usage = {"input_tokens": 9, "output_tokens": 5, "input_tokens_details": details}

    assert decode(body({"data": [], "usage": usage})).usage == Usage(
        text_in_tokens=None, image_in_tokens=None, input_tokens=9, output_tokens=5
    )


@pytest.mark.parametrize(
    "document",
    [
        {"error": {"message": "quota", "code": "insufficient_user_quota"}},
        {"error": "overloaded"},
        {"error": {"message": "", "code": None}},
        {"error": {"message": "late"}, "data": []},
        {"message": "no such route"},
        {"success": False},
    ],
)
def test_an_error_inside_a_success_is_told_apart(document: object):
    with pytest.raises(ErrorInAnswerError):
        decode(body(document))


@pytest.mark.parametrize(
    "unreadable",
    [
        b"",
        b"<html></html>",
        PIXELS,
        b"[]",
        b"{}",
        b'"text"',
        b"null",
        b'{"data": [',
        b"[" * 100_000,
        b'{"error": {}}',
    ],
    ids=lambda unreadable: repr(unreadable[:16]),
)
def test_a_body_that_is_not_understood_says_so(unreadable: bytes):
    with pytest.raises(UnreadableAnswerError):
        decode(unreadable)
