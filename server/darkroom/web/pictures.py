"""`GET /images/{image_id}?exp=&sig=`: a picture for a browser, by a signed link that ends."""

from typing import Final

import anyio
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from darkroom.core.naming import MIME_TYPES
from darkroom.errors import UnknownImageError
from darkroom.web.vault import Vault

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, max-age=3600",
}

_REFUSALS: Final = {
    "forged": "This link is not one of ours. Ask for the image again: list_images makes a new link.",
    "expired": "This link has ended. Ask for the image again: list_images makes a new link.",
}


class Pictures:
    """Serves pictures by signed links."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def get(self, request: Request) -> Response:
        """Serve one picture; 403 for a link that is forged or has ended, 404 where the picture is gone."""
        image_id = request.path_params["image_id"]
        query = request.query_params
        verdict = await self._vault.verdict(image_id, query.get("exp", ""), query.get("sig", ""))
        if verdict != "good":
            return PlainTextResponse(_REFUSALS[verdict], 403)
        try:
            image = await self._vault.image(image_id)
        except UnknownImageError:
            return _gone()
        path = anyio.Path(image.path)
        if not await path.is_file():
            return _gone()
        return FileResponse(
            path,
            media_type=MIME_TYPES.get(image.format, "application/octet-stream"),
            filename=path.name,
            content_disposition_type="inline",
            headers=_HEADERS,
        )


def _gone() -> Response:
    return PlainTextResponse("This image is not here any more. Ask the user whether it was deleted or moved.", 404)
