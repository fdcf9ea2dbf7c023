"""What to say about a picture that came: where it differs from what was ordered."""

from darkroom.catalog.models import MODELS
from darkroom.core.order import Attempt
from darkroom.core.size import parse_size


def picture_warnings(
    attempt: Attempt, *, picture_format: str, width: int, height: int, opaque: bool, whole: bool = True
) -> list[str]:
    """Compare a picture with its order: size, format, transparency, end; one sentence each, empty if all is well."""
    warnings: list[str] = []
    asked = parse_size(attempt.requested_size)
    if asked and (asked.width, asked.height) != (width, height):
        warnings.append(f"{asked} was ordered, and the picture is {width}x{height}.")
    setting = MODELS[attempt.model].setting("output_format")
    wanted_format = attempt.fields.get("output_format", setting.default if setting else None)
    if wanted_format and wanted_format != picture_format:
        warnings.append(f"{wanted_format} was ordered, and the picture came as {picture_format}.")
    if opaque:
        warnings.append("A transparent background was ordered, and the picture has none.")
    if not whole:
        warnings.append("The picture's bytes stop before its end, so a part of it is missing. It is kept as it came.")
    return warnings
