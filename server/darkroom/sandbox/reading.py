"""Bytes into calls: JSON bodies, multipart bodies and chat messages, taken as they came."""

import base64
import binascii
import hashlib
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, Final, cast

from PIL import Image
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from darkroom.sandbox.call import Call, Upload
from darkroom.sandbox.refusals import Refusal, RefusedError, invalid

MAX_BODY_BYTES: Final = 80 * 1024 * 1024
"""Bodies from about this size on are answered 413 (docs.apiyi.com gpt-image-2 overview, 2026-09/11)."""

TURN_KEY: Final = "darkroom-turn"
"""PNG text under which the sandbox notes which turn of a conversation a picture is."""

_TOO_LARGE = Refusal(
    status=413, message="openai_error", type="openai_error", param="413", code="bad_response_status_code"
)
_MAX_FORM_FILES = 64
_UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
"""What Pillow raises on bytes that are no picture, or only half of one."""

Download = Callable[[str], bytes | None]
"""Fetches a link of the sandbox's own; None for any other link."""


def parse_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        RefusedError: If `body` is too large or no JSON object.
    """
    refuse_huge(body)
    try:
        parsed: object = json.loads(body)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise invalid("Invalid body: failed to parse JSON value. Please check the value.", None, "invalid_json")
    return cast("dict[str, Any]", parsed)


async def parse_form(body: bytes, headers: Headers) -> tuple[dict[str, Any], list[Upload]]:
    """Read a multipart body into text fields and files; a field that comes twice becomes a list.

    Raises:
        RefusedError: If `body` is too large or no multipart form.
    """
    refuse_huge(body)

    async def stream() -> AsyncIterator[bytes]:
        yield body

    try:
        parser = MultiPartParser(
            headers,
            cast("Any", stream()),
            max_files=_MAX_FORM_FILES,
            max_part_size=MAX_BODY_BYTES,
        )
        form = await parser.parse()
    except (MultiPartException, KeyError) as exc:
        raise invalid("Invalid multipart body.", None, "invalid_multipart") from exc
    try:
        return await _take_apart(form)
    finally:
        await form.close()


def refuse_huge(body: bytes) -> None:
    """Raise the 413 for a body that is too large."""
    if len(body) >= MAX_BODY_BYTES:
        raise RefusedError(_TOO_LARGE)


def chat_turn(call: Call, download: Download) -> None:
    """Take prompt and pictures from the last message of the user, the only one that counts.

    Raises:
        RefusedError: If there are no messages, or a link cannot be fetched.
    """
    messages = call.fields.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("Missing required parameter: 'messages'.", "messages", "missing_required_parameter")
    rows = [cast("dict[str, Any]", row) for row in cast("list[object]", messages) if isinstance(row, dict)]
    asked = [row for row in rows if row.get("role") == "user"]
    call.turn = max(1, len(asked))
    content: object = asked[-1].get("content") if asked else ""
    parts = _parts(content)
    call.prompt = "\n".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")
    for part in parts:
        if part.get("type") == "image_url":
            call.uploads.append(_linked(_link(part), download))


def looked_at(upload: Upload) -> Upload:
    """Decode a file once, for its size, mode and alpha; slow, so not for the event loop."""
    upload = replace(upload, sha256=hashlib.sha256(upload.content).hexdigest())
    try:
        with Image.open(io.BytesIO(upload.content)) as picture:
            kind, mode, size = picture.format or "", picture.mode, picture.size
            picture.load()
            turn = str(picture.info.get(TURN_KEY, "0"))
            alpha = _alpha(picture)
    except _UNREADABLE:
        return upload
    return replace(upload, format=kind, mode=mode, size=size, alpha=alpha, turn=int(turn) if turn.isdigit() else 0)


def _alpha(picture: Image.Image) -> tuple[int, int] | None:
    if "A" not in picture.getbands():
        return None
    low, high = cast("tuple[int, int]", picture.getchannel("A").getextrema())
    return int(low), int(high)


async def _take_apart(form: FormData) -> tuple[dict[str, Any], list[Upload]]:
    fields: dict[str, Any] = {}
    uploads: list[Upload] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            uploads.append(_upload(name, value.filename or "", value.content_type or "", content))
        elif name in fields:
            before: object = fields[name]
            fields[name] = [*cast("list[str]", before), value] if isinstance(before, list) else [before, value]
        else:
            fields[name] = value
    return fields, uploads


def _upload(field: str, filename: str, content_type: str, content: bytes) -> Upload:
    return Upload(field=field, filename=filename, content_type=content_type, content=content)


def _parts(content: object) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, list):
        return [cast("dict[str, Any]", part) for part in cast("list[object]", content) if isinstance(part, dict)]
    return []


def _link(part: dict[str, Any]) -> str:
    target: object = part.get("image_url")
    if isinstance(target, dict):
        target = cast("dict[str, Any]", target).get("url", "")
    return str(target)


def _linked(link: str, download: Download) -> Upload:
    if link.startswith("data:"):
        head, _, payload = link.partition(",")
        try:
            content = base64.b64decode(payload, validate=True)
        except (binascii.Error, ValueError):
            content = b""
        return looked_at(_upload("image_url", "", head.removeprefix("data:").partition(";")[0], content))
    content = download(link) or b""
    if not content:
        raise invalid(f"Timeout while downloading {link}.", None, "invalid_value")
    return looked_at(_upload("image_url", link.rpartition("/")[2], "", content))
