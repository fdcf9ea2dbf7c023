"""`POST /uploads`: a picture from the caller's machine becomes an image_id, for `images` and `mask` of edit_image.

The body is the picture itself, or a form with one file in it. What it is, its bytes say.
"""

import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final

import anyio
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from darkroom.adapters.inputs import InputRefusedError
from darkroom.adapters.pictures import NotAPictureError
from darkroom.adapters.private import private_folder
from darkroom.catalog.limits import INPUT_DOWNLOAD_MAX_BYTES
from darkroom.core.records import Image
from darkroom.web.vault import Vault

MAX_BYTES: Final = INPUT_DOWNLOAD_MAX_BYTES
_FORM_EXTRA_BYTES: Final = 65_536
"""Room for what a form writes around its file."""

_CHUNK: Final = 1 << 20


class Uploads:
    """Takes pictures in."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def post(self, request: Request) -> Response:
        """Keep a picture: 201 and its id; 400 if there is not one file, 413 if it is too large, 415 if no picture."""
        folder = self._vault.uploads
        private_folder(folder)
        part = folder / f"{uuid.uuid4().hex}.part"
        try:
            await _receive(request, part)
            image = await self._vault.take_in(part)
        except NotAPictureError:
            return _refusal(415, "The bytes are no picture that can be read. Send PNG, JPEG, WebP, HEIC, AVIF or GIF.")
        except InputRefusedError as exc:
            return _refusal(413, str(exc))
        except HTTPException as exc:
            return _refusal(exc.status_code, exc.detail)
        finally:
            part.unlink(missing_ok=True)
        return JSONResponse(_answer(image), 201)


async def _receive(request: Request, part: Path) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        size = await _receive_form(request, part)
    else:
        size = await _write(_bounded(request, MAX_BYTES), part)
    if not size:
        raise HTTPException(400, "There is no file in the request. Send the picture as the body, or a form with it.")


async def _receive_form(request: Request, part: Path) -> int:
    parser = MultiPartParser(request.headers, _bounded(request, MAX_BYTES + _FORM_EXTRA_BYTES), max_files=1)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as exc:
        raise HTTPException(400, "The form cannot be read, or holds more than one file. Send one file.") from exc
    try:
        files = [value for value in form.values() if isinstance(value, UploadFile)]
        return await _write(_pieces(files[0]), part) if files else 0
    finally:
        await form.close()


async def _write(pieces: AsyncGenerator[bytes], part: Path) -> int:
    size = 0
    await anyio.Path(part).touch(mode=0o600)
    async with await anyio.open_file(part, "wb") as file:
        async for piece in pieces:
            size += await file.write(piece)
    return size


async def _pieces(upload: UploadFile) -> AsyncGenerator[bytes]:
    while piece := await upload.read(_CHUNK):
        yield piece


async def _bounded(request: Request, limit: int) -> AsyncGenerator[bytes]:
    """Pass the body on as it comes, up to `limit` bytes."""
    total = 0
    async for piece in request.stream():
        total += len(piece)
        if total > limit:
            raise HTTPException(413, f"The body is longer than {MAX_BYTES} bytes. Send a smaller picture.")
        yield piece


def _answer(image: Image) -> dict[str, Any]:
    return {
        "image_id": image.image_id,
        "uri": f"darkroom://images/{image.image_id}",
        "width": image.width,
        "height": image.height,
        "format": image.format,
        "bytes": image.bytes,
        "sha256": image.sha256,
    }


def _refusal(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)
