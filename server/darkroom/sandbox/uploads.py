"""Which files are refused: pictures that are none, too many of them, and masks that do not fit."""

from typing import Final, NoReturn

from darkroom.catalog.limits import INPUT_MAX_BYTES
from darkroom.catalog.spec import ModelSpec
from darkroom.sandbox.call import Call, Upload
from darkroom.sandbox.refusals import invalid, missing, mistyped, user_error

_TYPES: Final = ("image/jpeg", "image/png", "image/webp")
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MODES: Final = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")
"""Modes that the service reads; CMYK and 16 bit are odd to it."""


def check_uploads(call: Call, spec: ModelSpec) -> None:
    """Refuse pictures and masks that the service would refuse.

    Raises:
        RefusedError: With the first refusal, in the service's own words.
    """
    if call.endpoint == "edits":
        _check_presence(call, spec)
    for position, upload in enumerate(call.images, start=1):
        _check_picture(upload, position, several=len(call.images) > 1)
    if call.mask is not None and spec.mask is not None:
        _check_mask(call.mask, call.images[0], spec.mask.max_bytes)


def refuse_json(call: Call) -> NoReturn:
    """Refuse an edit whose body is JSON: the gateway documents forms only.

    Raises:
        RefusedError: Always, in the words of the service for what is wrong with the JSON itself, if anything.
    """
    if "image" in call.fields:
        message = "Unknown parameter: 'image'. For application/json on /v1/images/edits, use 'images' (array)."
        raise invalid(message, "image", "invalid_value")
    if "images" not in call.fields:
        raise missing("images")
    if not call.fields["images"]:
        message = (
            "Invalid 'images': empty array. Expected an array with minimum length 1, but got an empty array instead."
        )
        raise invalid(message, "images", "empty_array")
    # Whether the gateway passes JSON edits on is not published; it is taken that it does not.
    raise invalid("Unsupported content type: send multipart/form-data.", None, "unsupported_content_type")


def _check_presence(call: Call, spec: ModelSpec) -> None:
    for name in ("image", "image[]"):
        if name in call.fields:
            raise mistyped("image", "one of an array of files or file", call.fields[name])
    if not call.images:
        raise missing("image")
    if len(call.images) > spec.max_images:
        message = (
            f"Invalid 'image': array too long. Expected an array with maximum length {spec.max_images}, "
            f"but got an array with length {len(call.images)} instead."
        )
        raise invalid(message, "image", "array_above_max_length")


def _check_picture(upload: Upload, position: int, *, several: bool) -> None:
    name = f"image[{position - 1}]" if several else "image"
    if upload.content_type not in _TYPES and upload.field != "image_url":
        raise _mimetype(name, upload.content_type)
    if upload.format not in _FORMATS or upload.mode not in _MODES:
        raise _unreadable(f"image {position}")
    if len(upload.content) > INPUT_MAX_BYTES:
        raise _too_large(name, upload, INPUT_MAX_BYTES)


def _check_mask(mask: Upload, base: Upload, max_bytes: int) -> None:
    if mask.content_type not in _TYPES:
        raise _mimetype("mask", mask.content_type)
    if len(mask.content) > max_bytes:
        raise _too_large("mask", mask, max_bytes)
    if mask.format != "PNG" or mask.alpha is None:
        raise _unreadable("mask")
    if mask.size != base.size:
        # The service's own words for this are not published.
        raise user_error("Invalid mask: its size does not match the size of image 1.", "mask", "invalid_value")


def _mimetype(name: str, found: str) -> Exception:
    message = (
        f"Invalid file '{name}': unsupported mimetype ('{found}'). "
        "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
    )
    return invalid(message, name, "unsupported_file_mimetype")


def _too_large(name: str, upload: Upload, max_bytes: int) -> Exception:
    message = (
        f"Invalid file '{name}': file too large. "
        f"Expected at most {max_bytes} bytes, but got {len(upload.content)} instead."
    )
    return invalid(message, name, "file_too_large")


def _unreadable(what: str) -> Exception:
    message = f"Invalid image file or mode for {what}, please check your image file."
    return user_error(message, None, "invalid_image_file")
