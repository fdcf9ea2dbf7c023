"""What is sent to the Images API: exactly the planned fields, and files that a gateway can tell apart."""

from hypothesis import given
from hypothesis import strategies as st

from darkroom.wire.images import encode_edit, encode_generation
from darkroom.wire.message import InputFile, Part, WireRequest

PNG = InputFile(path="/inputs/a", format="png", width=64, height=32, bytes=100)
JPEG = InputFile(path="/inputs/b", format="jpeg", width=64, height=32, bytes=100)
WEBP = InputFile(path="/inputs/c", format="webp", width=64, height=32, bytes=100)


def test_a_generation_is_json_of_exactly_the_planned_fields():
    fields = {"model": "gpt-image-2", "prompt": "一只狐狸", "size": "1024x1024", "output_compression": 80}

    assert encode_generation(fields) == WireRequest(path="/images/generations", json=fields)


def test_one_picture_is_sent_as_image():
    request = encode_edit({"model": "m", "prompt": "p"}, [JPEG], None)

    assert request == WireRequest(
        path="/images/edits",
        fields={"model": "m", "prompt": "p"},
        parts=(Part(field="image", filename="image-1.jpg", content_type="image/jpeg", path="/inputs/b"),),
    )


def test_several_pictures_are_sent_as_image_brackets_in_their_order_with_the_right_type_each():
    request = encode_edit({}, [PNG, JPEG, WEBP], PNG)

    assert [(part.field, part.filename, part.content_type) for part in request.parts] == [
        ("image[]", "image-1.png", "image/png"),
        ("image[]", "image-2.jpg", "image/jpeg"),
        ("image[]", "image-3.webp", "image/webp"),
        ("mask", "mask.png", "image/png"),
    ]


def test_numbers_become_text_in_a_form():
    assert encode_edit({"output_compression": 80}, [PNG], None).fields == {"output_compression": "80"}


@given(st.lists(st.sampled_from([PNG, JPEG, WEBP]), min_size=1, max_size=16), st.booleans())
def test_the_two_names_of_the_picture_field_are_never_mixed(images: list[InputFile], masked: bool):
    parts = encode_edit({}, images, PNG if masked else None).parts

    names = {part.field for part in parts} - {"mask"}
    assert names == ({"image"} if len(images) == 1 else {"image[]"})
    assert [part.path for part in parts if part.field != "mask"] == [image.path for image in images]
