"""The chat endpoint: which message counts, and every shape in which a picture, or none, can come back."""

import base64
import re
from typing import Any

import pytest

from sandbox.customer import Customer, encoded, opened


def data_url(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def message(customer: Customer, content: object, model: str = "gpt-image-2-all") -> Any:
    return customer.chat(content, model).json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("model", ["gpt-image-2-all", "gpt-image-2-vip"])
def test_a_picture_is_a_markdown_link(customer: Customer, model: str) -> None:
    text = message(customer, "生成图片：一只猫", model)
    found = re.fullmatch(r"!\[image\]\((http://127\.0\.0\.1:\d+/r2cdn2/[0-9a-f-]+\.png)\)\n\n", str(text))
    assert found is not None
    assert opened(customer.http.get(found[1]).content).format == "PNG"
    assert customer.calls()[0]["usd"] == "0.03"


def test_other_shapes_of_a_picture(customer: Customer) -> None:
    assert str(message(customer, "[[datauri]]")).startswith("![image](data:image/png;base64,iVBOR")
    assert re.search(r": http://\S+\.png\n$", str(message(customer, "[[bare-url]]")))
    parts = message(customer, "[[list-parts]]")
    assert parts[1]["image_url"]["url"].endswith(".png")
    assert "url" in customer.chat("[[vipshape]]").json()["data"][0]
    assert "choices" not in customer.chat("[[vipshape]]").json()


def test_text_instead_of_a_picture_is_billed(customer: Customer) -> None:
    assert "http" not in str(message(customer, "[[text]]"))
    assert [(call["status"], call["billed"]) for call in customer.calls()] == [(200, True)]


def test_only_the_last_message_of_the_user_counts(customer: Customer) -> None:
    first, second = encoded((320, 200)), encoded((200, 320))
    messages = [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": data_url(first)}}]},
        {"role": "assistant", "content": "![image](http://example.invalid/x.png)"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "bluer"},
                {"type": "image_url", "image_url": {"url": data_url(second)}},
            ],
        },
    ]
    answer = customer.post("/chat/completions", json={"model": "gpt-image-2-all", "messages": messages})
    assert answer.status_code == 200
    (call,) = customer.calls()
    assert [(row["field"], row["width"], row["height"]) for row in call["parts"]] == [("image_url", 200, 320)]
    assert call["prompt"] == "bluer"
    assert "base64,sha256=" in call["fields"]["messages"][2]["content"][1]["image_url"]["url"]


def test_a_link_of_the_sandboxs_own_is_fetched_and_another_is_not(customer: Customer) -> None:
    made = customer.generate(response_format="url").json()["data"][0]["url"]
    content = [{"type": "text", "text": "bluer"}, {"type": "image_url", "image_url": {"url": made}}]
    assert customer.chat(content).status_code == 200
    assert customer.calls()[1]["parts"][0]["width"] == 1254
    content[1] = {"type": "image_url", "image_url": {"url": "https://example.invalid/cat.png"}}
    refused = customer.chat(content)
    assert refused.json()["error"]["message"].startswith("Timeout while downloading https://example.invalid")


def test_the_token_priced_model_does_not_chat(customer: Customer) -> None:
    assert customer.chat("a fox", "gpt-image-2").status_code == 404


@pytest.mark.parametrize("messages", [None, [], "text"])
def test_a_chat_without_messages_is_refused(customer: Customer, messages: object) -> None:
    body = {"model": "gpt-image-2-all", "messages": messages}
    assert customer.post("/chat/completions", json=body).status_code == 400


def test_a_shape_is_steered_by_the_phrase_behind_the_opening(customer: Customer) -> None:
    found = re.search(r"\((.*)\)", str(message(customer, "生成图片：横版 16:9，一只猫")))
    assert found is not None
    assert opened(customer.http.get(found[1]).content).size == (1672, 941)
