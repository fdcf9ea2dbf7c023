"""Streams of the official model: partial pictures, each billed, and then the whole one with its usage."""

import openai

from sandbox.customer import Customer, encoded


def test_a_stream_ends_with_the_completed_picture(customer: Customer) -> None:
    with openai.OpenAI(api_key=customer.key, base_url=customer.sandbox.base_url, max_retries=0) as sdk:
        kinds: list[str] = []
        for event in sdk.images.generate(
            model="gpt-image-2", prompt="a fox", size="1024x1024", quality="low", stream=True, partial_images=2
        ):
            kinds.append(event.type)
            if event.type == "image_generation.completed":
                assert event.usage.output_tokens == 196 + 2 * 100
    assert kinds == [
        "image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"
    ]  # fmt: skip


def test_an_edit_streams_events_of_its_own(customer: Customer) -> None:
    with openai.OpenAI(api_key=customer.key, base_url=customer.sandbox.base_url, max_retries=0) as sdk:
        image = ("in.png", encoded(), "image/png")
        stream = sdk.images.edit(model="gpt-image-2", prompt="bluer", image=image, stream=True)
        assert [event.type for event in stream] == ["image_edit.completed"]


def test_a_model_without_streams_answers_whole(customer: Customer) -> None:
    assert "b64_json" in customer.generate(stream=True).json()["data"][0]
