"""Which files an edit refuses: none at all, of a wrong type, broken, too many, and masks that do not fit."""

import pytest

from sandbox.customer import Customer, encoded, opened, part

RGB = encoded()
MASK = encoded(mode="RGBA", color=(0, 0, 0, 0))


def refused(customer: Customer, *files: tuple[str, tuple[str, bytes, str]]) -> tuple[int, str | None, str]:
    answer = customer.edit(list(files))
    assert not customer.calls()[-1]["billed"]
    return answer.status_code, answer.json()["error"]["param"], answer.json()["error"]["code"]


def test_an_edit_without_a_picture_is_refused(customer: Customer) -> None:
    assert refused(customer, part(MASK, "mask")) == (400, "image", "missing_required_parameter")


def test_a_type_that_is_no_picture_is_refused_with_the_place_of_the_file(customer: Customer) -> None:
    wrong = part(RGB, content_type="application/octet-stream")
    assert refused(customer, wrong) == (400, "image", "unsupported_file_mimetype")
    answer = customer.edit([part(RGB, "image[]"), part(RGB, "image[]", content_type="image/gif")])
    assert answer.json()["error"]["message"].startswith(
        "Invalid file 'image[1]': unsupported mimetype ('image/gif'). "
        "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"<html></html>",
        encoded(kind="GIF", mode="L"),
        encoded(kind="BMP"),
        encoded(mode="I;16"),
        encoded(mode="CMYK", kind="JPEG", color=(1, 2, 3, 4)),
        encoded((400, 400), kind="JPEG")[:900],
    ],
    ids=["html", "gif", "bmp", "16 bit", "cmyk", "half a jpeg"],
)
def test_a_file_that_the_service_cannot_read_is_refused(customer: Customer, content: bytes) -> None:
    assert refused(customer, part(content)) == (400, None, "invalid_image_file")


def test_the_message_counts_pictures_from_one(customer: Customer) -> None:
    error = customer.edit([part(RGB, "image[]"), part(b"no", "image[]")]).json()["error"]
    assert error["message"].startswith("Invalid image file or mode for image 2, please check")


def test_seventeen_pictures_are_too_many_and_sixteen_are_not(customer: Customer) -> None:
    many = [part(RGB, "image[]")] * 17
    assert refused(customer, *many) == (400, "image", "array_above_max_length")
    assert customer.edit(many[:16], quality="low").status_code == 200


def test_a_file_above_ten_megabytes_is_refused(customer: Customer) -> None:
    padded = RGB + bytes(10_485_760)
    assert refused(customer, part(padded)) == (400, "image", "file_too_large")


@pytest.mark.parametrize(
    ("mask", "param", "code"),
    [
        (encoded(), None, "invalid_image_file"),
        (encoded((32, 32), "RGBA", color=(0, 0, 0, 0)), "mask", "invalid_value"),
        (MASK + bytes(4_194_304), "mask", "file_too_large"),
        (encoded(kind="WEBP", mode="RGBA", color=(0, 0, 0, 0)), None, "invalid_image_file"),
    ],
    ids=["no alpha", "another size", "too large", "no png"],
)
def test_a_mask_that_does_not_fit_is_refused(customer: Customer, mask: bytes, param: str | None, code: str) -> None:
    assert refused(customer, part(RGB), part(mask, "mask")) == (400, param, code)


def test_a_picture_as_text_is_refused(customer: Customer) -> None:
    body = {"model": "gpt-image-2", "prompt": "bluer", "image": "in.png"}
    error = customer.post("/images/edits", data=body, files=[part(RGB, "image[]")]).json()["error"]
    assert error["message"].startswith("Invalid type for 'image': expected one of an array of files or file")


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"image": "x"}, "image", "invalid_value"),
        ({}, "images", "missing_required_parameter"),
        ({"images": []}, "images", "empty_array"),
    ],
)
def test_json_is_refused_on_edits(customer: Customer, body: dict[str, object], param: str, code: str) -> None:
    whole = {"model": "gpt-image-2", "prompt": "bluer", **body}
    error = customer.post("/images/edits", json=whole).json()["error"]
    assert (error["param"], error["code"]) == (param, code)


def test_input_fidelity_is_refused_on_edits_with_an_error_of_its_own(customer: Customer) -> None:
    error = customer.edit([part(RGB)], input_fidelity="high").json()["error"]
    assert error["code"] == "invalid_input_fidelity_model"


def test_numbers_of_a_form_are_read_as_numbers(customer: Customer) -> None:
    good = customer.edit([part(RGB)], output_format="jpeg", output_compression="40", quality="low")
    assert good.status_code == 200
    error = customer.edit([part(RGB)], output_compression="much").json()["error"]
    assert error["code"] == "invalid_type"


def test_a_flat_priced_model_takes_a_mask_and_ignores_it(customer: Customer) -> None:
    answer = customer.edit([part(RGB), part(MASK, "mask")], model="gpt-image-2-vip")
    assert answer.status_code == 200
    assert customer.calls()[0]["ignored"] == ["mask"]


def test_the_ledger_knows_the_pixels_of_what_arrived(customer: Customer) -> None:
    customer.edit([part(encoded((320, 200), kind="JPEG"), content_type="image/jpeg")])
    row = customer.calls()[0]["parts"][0]
    assert (row["format"], row["width"], row["height"], row["mode"]) == ("JPEG", 320, 200, "RGB")
    assert opened(encoded((320, 200))).size == (320, 200)
