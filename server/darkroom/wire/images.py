"""What is sent to the Images API: JSON to make a picture, multipart to change some."""

from collections.abc import Mapping, Sequence
from typing import Final

from darkroom.catalog.limits import EDITS_PATH, GENERATIONS_PATH
from darkroom.wire.message import InputFile, Part, WireRequest

_EXTENSIONS: Final = {"png": "png", "jpeg": "jpg", "webp": "webp"}


def encode_generation(fields: Mapping[str, str | int]) -> WireRequest:
    """Encode a call that makes a picture; `fields` are sent as they are, model and prompt among them."""
    return WireRequest(path=GENERATIONS_PATH, json=dict(fields))


def encode_edit(fields: Mapping[str, str | int], images: Sequence[InputFile], mask: InputFile | None) -> WireRequest:
    """Encode a call that changes `images`, in their order; `mask` belongs to the first of them.

    One picture is sent as `image`, several as `image[]`: gateways read the one name or the other, so the
    two are never mixed.
    """
    field = "image" if len(images) == 1 else "image[]"
    parts = [_part(field, f"image-{number}", image) for number, image in enumerate(images, 1)]
    if mask is not None:
        parts.append(_part("mask", "mask", mask))
    return WireRequest(
        path=EDITS_PATH,
        fields={name: str(value) for name, value in fields.items()},
        parts=tuple(parts),
    )


def _part(field: str, stem: str, file: InputFile) -> Part:
    return Part(
        field=field,
        filename=f"{stem}.{_EXTENSIONS[file.format]}",
        content_type=f"image/{file.format}",
        path=file.path,
    )
