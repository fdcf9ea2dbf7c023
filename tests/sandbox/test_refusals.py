"""What is refused, in which words: the error catalogue's rows that need no file. None of it is billed."""

from typing import Any

import pytest

from sandbox.customer import Customer

NATIVE: list[tuple[dict[str, Any], str, str]] = [
    ({"response_format": "b64_json"}, "unknown_parameter", "Unknown parameter: 'response_format'."),
    ({"response_format": None}, "unknown_parameter", "Unknown parameter: 'response_format'."),
    ({"style": "vivid"}, "unknown_parameter", "Unknown parameter: 'style'."),
    ({"aspect_ratio": "1:1"}, "unknown_parameter", "Unknown parameter: 'aspect_ratio'."),
    ({"mask": "x"}, "unknown_parameter", "Unknown parameter: 'mask'."),
    ({"input_fidelity": "high"}, "unknown_parameter", "Unknown parameter: 'input_fidelity'."),
    ({"prompt": None}, "invalid_type", "Invalid type for 'prompt': expected a string, but got null instead."),
    ({"prompt": 7}, "invalid_type", "Invalid type for 'prompt': expected a string, but got an integer instead."),
    ({"prompt": ""}, "empty_string", "Invalid 'prompt': empty string."),
    ({"prompt": "x" * 32_001}, "string_above_max_length", "Invalid 'prompt': string too long."),
    (
        {"n": 0},
        "integer_below_min_value",
        "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
    ),
    (
        {"n": 11},
        "integer_above_max_value",
        "Invalid 'n': integer above maximum value. Expected a value <= 10, but got 11 instead.",
    ),
    ({"n": "2"}, "invalid_type", "Invalid type for 'n': expected an integer, but got a string instead."),
    ({"n": 1.5}, "invalid_type", "Invalid type for 'n': expected an integer, but got a decimal number instead."),
    ({"n": True}, "invalid_type", "Invalid type for 'n': expected an integer, but got a boolean instead."),
    (
        {"output_compression": 101},
        "integer_above_max_value",
        "Invalid 'output_compression': integer above maximum value.",
    ),
    (
        {"output_compression": -1},
        "integer_below_min_value",
        "Invalid 'output_compression': integer below minimum value.",
    ),
    ({"partial_images": 4}, "integer_above_max_value", "Invalid 'partial_images': integer above maximum value."),
    (
        {"quality": "ultra"},
        "invalid_value",
        "Invalid value: 'ultra'. Supported values are: 'low', 'medium', 'high', and 'auto'.",
    ),
    (
        {"quality": 3},
        "invalid_type",
        "Invalid type for 'quality': expected one of 'low', 'medium', 'high', or 'auto', but got an integer instead.",
    ),
    (
        {"output_format": "gif"},
        "invalid_value",
        "Invalid value: 'gif'. Supported values are: 'png', 'webp', and 'jpeg'.",
    ),
    (
        {"background": "white"},
        "invalid_value",
        "Invalid value: 'white'. Supported values are: 'transparent', 'opaque', and 'auto'.",
    ),
    ({"moderation": "off"}, "invalid_value", "Invalid value: 'off'. Supported values are: 'auto' and 'low'."),
    ({"size": "bogus"}, "invalid_value", "Invalid size 'bogus'. Expected WIDTHxHEIGHT, for example '1824x1024'."),
    ({"size": "1792x936"}, "invalid_value", "Invalid size '1792x936'. Width and height must both be divisible by 16."),
    (
        {"size": "4096x4096"},
        "invalid_value",
        "Invalid size '4096x4096'. The longest edge must be less than or equal to 3840.",
    ),
    (
        {"size": "800x800"},
        "invalid_value",
        "Invalid size '800x800'. Requested resolution is below the current minimum pixel budget.",
    ),
    (
        {"size": "3840x2832"},
        "invalid_value",
        "Invalid size '3840x2832'. Requested resolution exceeds the current pixel budget.",
    ),
    ({"size": "3840x1264"}, "invalid_value", "Invalid size '3840x1264'. Long-edge to short-edge ratio"),
    (
        {"background": "transparent", "output_format": "jpeg"},
        "invalid_value",
        "Transparent background is not supported for JPEG output format",
    ),
]
"""Fields, of which the first is to blame, and the error's code and words."""


@pytest.mark.parametrize(("fields", "code", "message"), NATIVE)
def test_the_token_priced_model_refuses_in_the_words_of_its_service(
    customer: Customer, fields: dict[str, Any], code: str, message: str
) -> None:
    by_the_image_service = message.startswith(("Invalid size", "Transparent"))
    kind = "image_generation_user_error" if by_the_image_service else "invalid_request_error"
    answer = customer.post("/images/generations", json={"model": "gpt-image-2", "prompt": "a fox", **fields})
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["param"], error["code"]) == (
        400, kind, next(iter(fields)), code
    )  # fmt: skip
    assert error["message"].startswith(message)
    assert f"(request id: {answer.headers['x-request-id']})" in error["message"]
    assert [(call["status"], call["billed"], call["usd"]) for call in customer.calls()] == [(400, False, "0")]


@pytest.mark.parametrize("name", ["n", "output_compression", "partial_images", "quality", "size", "stream"])
def test_null_counts_as_left_out(customer: Customer, name: str) -> None:
    body = {"model": "gpt-image-2", "prompt": "a fox", name: None}
    assert customer.post("/images/generations", json=body).status_code == 200


@pytest.mark.parametrize("size", ["auto", "1600x1200", "816x816", "3840x1280", "1024x640", "2880x2880"])
def test_a_size_within_the_rules_is_made(customer: Customer, size: str) -> None:
    answer = customer.generate(model="gpt-image-2", size=size, quality="low").json()
    assert answer["size"] == ("1024x1024" if size == "auto" else size)


def test_a_missing_prompt_or_model_is_said_so(customer: Customer) -> None:
    for body, name in (({"model": "gpt-image-2"}, "prompt"), ({"prompt": "a fox"}, "model")):
        error = customer.post("/images/generations", json=body).json()["error"]
        assert error["message"].startswith(f"Missing required parameter: '{name}'.")
        assert (error["param"], error["code"]) == (name, "missing_required_parameter")


def test_checks_come_in_the_measured_order(customer: Customer) -> None:
    wrong: dict[str, object] = {
        "model": "gpt-image-2", "style": "x", "prompt": "", "n": 0, "size": "bogus", "quality": "ultra"
    }  # fmt: skip
    for name, mended in (
        ("style", None),
        ("prompt", "a fox"),
        ("n", 1),
        ("size", "auto"),
        ("quality", "low"),
    ):
        error = customer.post("/images/generations", json=wrong).json()["error"]
        assert error["param"] == name
        wrong[name] = mended
        if mended is None:
            del wrong[name]
    assert customer.post("/images/generations", json=wrong).status_code == 200


def test_an_unknown_model_is_a_404(customer: Customer) -> None:
    answer = customer.generate(model="gpt-image-9")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("model", "fields", "status", "param"),
    [
        ("gpt-image-2-all", {"quality": "high"}, 400, "quality"),
        ("gpt-image-2-all", {"aspect_ratio": "1:1"}, 400, "aspect_ratio"),
        ("gpt-image-2-all", {"response_format": "png"}, 400, "response_format"),
        ("gpt-image-2-vip", {"aspect_ratio": "1:1"}, 400, "aspect_ratio"),
        ("gpt-image-2-vip", {"size": "1024x1024"}, 400, "size"),
        ("gpt-image-2-vip", {"size": "big"}, 400, "size"),
        ("gpt-image-2-vip", {"quality": "max"}, 429, "quality"),
    ],
)
def test_the_flat_priced_models_refuse_what_they_were_seen_to_refuse(
    customer: Customer, model: str, fields: dict[str, Any], status: int, param: str
) -> None:
    answer = customer.generate(model=model, **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)
    assert not customer.calls()[0]["billed"]


def test_fields_without_effect_are_noted(customer: Customer) -> None:
    assert customer.generate(size="2048x2048", background="transparent").status_code == 200
    assert customer.calls()[0]["ignored"] == ["size", "background"]


def test_the_request_id_has_the_name_that_the_models_line_uses(customer: Customer) -> None:
    for model, name in (("gpt-image-2", "x-request-id"), ("gpt-image-2-vip", "request-id")):
        assert customer.generate(model=model).headers[name] == customer.calls()[-1]["request_id"]


def test_a_body_that_is_no_json_is_refused(customer: Customer) -> None:
    assert customer.post("/images/generations", content=b"prompt=a").status_code == 400


def test_a_huge_body_is_a_413(customer: Customer) -> None:
    answer = customer.post("/images/generations", content=b"x" * (80 * 1024 * 1024))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "bad_response_status_code")


def test_an_unknown_path_is_a_404(customer: Customer) -> None:
    assert customer.post("/images/variations", json={}).status_code == 404
