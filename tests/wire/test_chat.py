"""What is sent to chat completions: pictures in the last message only, a prompt that asks for one."""

import pytest

from darkroom.wire.chat import Turn, encode
from darkroom.wire.message import WireRequest

URL = "https://r2cdn.copilotbase.com/r2cdn2/a.png"


def test_a_prompt_alone_is_a_text():
    assert encode("gpt-image-2-all", "a fox", ()) == WireRequest(
        path="/chat/completions",
        json={
            "model": "gpt-image-2-all",
            "stream": False,
            "messages": [{"role": "user", "content": "Generate an image: a fox"}],
        },
    )


def test_pictures_stand_beside_the_prompt_in_their_order():
    request = encode("gpt-image-2-all", "横版 16:9，把背景改成沙滩", [URL, "data:image/png;base64,AAAA"])

    assert request.json == {
        "model": "gpt-image-2-all",
        "stream": False,
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "生成图片：横版 16:9，把背景改成沙滩"},
                    {"type": "image_url", "image_url": {"url": URL}},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                ],
            }
        ],
    }


def test_earlier_turns_are_text_and_pictures_stand_in_the_last_message_only():
    turns = [Turn(prompt="a fox", answer=f"![image]({URL})"), Turn(prompt="at night", answer="[picture 2]")]

    request = encode("gpt-image-2-vip", "add snow", [URL], turns)

    assert request.json is not None
    assert request.json["messages"] == [
        {"role": "user", "content": "a fox"},
        {"role": "assistant", "content": f"![image]({URL})"},
        {"role": "user", "content": "at night"},
        {"role": "assistant", "content": "[picture 2]"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Generate an image: add snow"},
                {"type": "image_url", "image_url": {"url": URL}},
            ],
        },
    ]


def test_a_prompt_after_earlier_turns_is_a_part_even_without_pictures():
    request = encode("gpt-image-2-all", "at night", (), [Turn(prompt="a fox", answer="[picture 1]")])

    assert request.json is not None
    assert request.json["messages"][-1]["content"] == [{"type": "text", "text": "Generate an image: at night"}]


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("a fox", "Generate an image: a fox"),
        ("", "Generate an image: "),
        ("un café, s'il vous plaît", "Generate an image: un café, s'il vous plaît"),
        ("一只狐狸", "生成图片：一只狐狸"),
        ("a sign that says 狐", "生成图片：a sign that says 狐"),
        ("きつね", "生成图片：きつね"),
        ("생성", "生成图片：생성"),
        ("生成图片：一只狐狸", "生成图片：一只狐狸"),
        ("生成图片: 一只狐狸", "生成图片: 一只狐狸"),
        ("Generate an image: a fox", "Generate an image: a fox"),
        ("generate an image of a fox", "generate an image of a fox"),
    ],
)
def test_the_prompt_asks_for_a_picture_in_its_own_language_and_only_once(prompt: str, sent: str):
    request = encode("m", prompt, ())

    assert request.json is not None
    assert request.json["messages"][0]["content"] == sent
