"""What is done to a picture on this machine: the exact file that was asked for, the original put back outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darkroom.adapters.finishing import composite, deliver, really_transparent
from darkroom.adapters.pictures import NotAPictureError, Picture, look
from darkroom.core.order import Order
from darkroom.core.records import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Finishing:
    """What a job's pictures are finished with; nothing for a picture made from words alone."""

    parents: Sequence[Image] = ()
    """Library rows of the input pictures, image 1 first."""
    original: Path | None = None
    """Image 1 as the caller gave it, to be put back outside the mask."""
    mask: Path | None = None
    """What may change, at the size of `original`; set when the original is put back."""
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A picture ready for its place."""

    path: Path
    format: str
    changed: bool
    """Whether it differs from what the model made, which is then kept beside it."""
    opaque: bool
    """Whether a transparent background was ordered and is not there."""
    warnings: Sequence[str] = ()


def finish(order: Order, picture: Path, finishing: Finishing) -> Finished:
    """Finish the model's `picture` as `order` says; one that cannot be decoded whole is kept as it came.

    Raises:
        NotAPictureError: If its bytes are no picture at all.
    """
    made = look(picture)
    try:
        return _finished(order, picture, made, finishing)
    except NotAPictureError as exc:
        warning = f"It could not be finished as ordered, so it is given as it came: {exc}"
        return Finished(path=picture, format=made.format, changed=False, opaque=False, warnings=[warning])


def _finished(order: Order, picture: Path, made: Picture, finishing: Finishing) -> Finished:
    """Composite first, then the exact delivery."""
    # Only looked at where it was ordered, since it needs the whole picture decoded.
    ordered = order.settings.get("background") == "transparent"
    opaque = ordered and not (made.has_alpha and really_transparent(picture))
    path, form, warnings = picture, made.format, list[str]()
    if finishing.original is not None and finishing.mask is not None:
        path = picture.with_name(f"{picture.name}.composite.png")
        kept = composite(finishing.original, picture, finishing.mask, path)
        form = kept.format
        warnings.append(
            f"The original was put back outside the mask (composited, {kept.width}x{kept.height}); the model's own "
            f"picture of {made.width}x{made.height} is kept as original_image_id."
        )
    if order.deliver is not None:
        wanted = order.deliver
        before = look(path)
        target = picture.with_name(f"{picture.name}.delivered.{wanted.format}")
        done = deliver(path, target, wanted.width, wanted.height, wanted.fit, wanted.format, wanted.quality)
        warnings.append(
            f"Delivered at {done.width}x{done.height} ({wanted.fit}) from {before.width}x{before.height}; "
            "the model's own picture is kept as original_image_id."
        )
        path, form = target, done.format
    return Finished(path=path, format=form, changed=path != picture, opaque=opaque, warnings=warnings)
