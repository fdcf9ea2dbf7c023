"""The official `openai` SDK works against the sandbox: wire compatibility, in both directions."""

import base64
from collections.abc import AsyncIterator, Iterator

import openai
import pytest

from sandbox.customer import Customer, encoded, opened

MODELS = ("gpt-image-2", "gpt-image-2-all", "gpt-image-2-vip")


@pytest.fixture
def client(customer: Customer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=customer.key, base_url=customer.sandbox.base_url, max_retries=0) as sdk:
        yield sdk


@pytest.fixture
async def async_client(customer: Customer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key=customer.key, base_url=customer.sandbox.base_url, max_retries=0) as sdk:
        yield sdk


@pytest.mark.parametrize("model", MODELS)
def test_a_generation_comes_back_as_a_picture_with_usage(client: openai.OpenAI, model: str) -> None:
    answer = client.images.generate(model=model, prompt="a lighthouse")
    assert answer.data is not None
    assert opened(base64.b64decode(answer.data[0].b64_json or "")).format == "PNG"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


@pytest.mark.parametrize("model", MODELS)
def test_a_single_file_arrives_as_image(client: openai.OpenAI, customer: Customer, model: str) -> None:
    client.images.edit(model=model, prompt="bluer", image=("in.png", encoded(), "image/png"))
    (call,) = customer.calls()
    assert [row["field"] for row in call["parts"]] == ["image"]
    assert (call["billed"], call["parts"][0]["width"], call["parts"][0]["height"]) == (True, 64, 48)


@pytest.mark.parametrize("model", MODELS)
def test_a_list_of_files_arrives_as_image_brackets(client: openai.OpenAI, customer: Customer, model: str) -> None:
    files = [("a.png", encoded(), "image/png"), ("b.jpg", encoded(kind="JPEG"), "image/jpeg")]
    client.images.edit(model=model, prompt="together", image=files)
    assert [row["field"] for row in customer.calls()[0]["parts"]] == ["image[]", "image[]"]


def test_a_mask_arrives_with_the_extremes_of_its_alpha(client: openai.OpenAI, customer: Customer) -> None:
    mask = encoded(mode="RGBA", color=(0, 0, 0, 0))
    client.images.edit(
        model="gpt-image-2",
        prompt="a hat",
        image=[("in.png", encoded(), "image/png")],
        mask=("mask.png", mask, "image/png"),
    )
    assert customer.calls()[0]["parts"][1] | {"sha256": ""} == {
        "field": "mask",
        "filename": "mask.png",
        "content_type": "image/png",
        "bytes": len(mask),
        "sha256": "",
        "format": "PNG",
        "width": 64,
        "height": 48,
        "mode": "RGBA",
        "alpha": [0, 0],
    }


@pytest.mark.anyio
@pytest.mark.parametrize("model", MODELS)
async def test_the_asynchronous_client_generates_and_edits(
    async_client: openai.AsyncOpenAI, customer: Customer, model: str
) -> None:
    made = await async_client.images.generate(model=model, prompt="a harbour")
    assert made.data is not None
    picture = base64.b64decode(made.data[0].b64_json or "")
    await async_client.images.edit(model=model, prompt="at night", image=("a.png", picture, "image/png"))
    assert [(call["endpoint"], call["billed"]) for call in customer.calls()] == [
        ("generations", True),
        ("edits", True),
    ]


def test_a_chat_completion_carries_a_link(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="gpt-image-2-all", messages=[{"role": "user", "content": "生成图片：一只猫"}]
    )
    assert (answer.choices[0].message.content or "").startswith("![image](http://127.0.0.1:")


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("[[policy-input]]", openai.BadRequestError),
        ("[[429]]", openai.RateLimitError),
        ("[[500-unknown]]", openai.InternalServerError),
        ("[[502-html]]", openai.InternalServerError),
        ("[[drop]]", openai.APIConnectionError),
    ],
)
def test_refusals_are_the_errors_that_the_sdk_knows(client: openai.OpenAI, prompt: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        client.images.generate(model="gpt-image-2", prompt=prompt)


def test_a_wrong_key_is_an_authentication_error(customer: Customer) -> None:
    with (
        openai.OpenAI(api_key="sk-other", base_url=customer.sandbox.base_url, max_retries=0) as sdk,
        pytest.raises(openai.AuthenticationError, match="无效的令牌"),
    ):
        sdk.images.generate(model="gpt-image-2", prompt="a fox")


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert [row.id for row in client.models.list()] == list(MODELS)


def test_several_pictures_of_one_call_are_each_billed(client: openai.OpenAI, customer: Customer) -> None:
    answer = client.images.generate(model="gpt-image-2", prompt="a fox", n=2, quality="low", size="1024x1024")
    assert len({row.b64_json for row in answer.data or []}) == 2
    # 10 text tokens, 2 x 196 output tokens.
    assert customer.calls()[0]["usd"] == "0.011810"
