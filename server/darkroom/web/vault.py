"""The database and folders as the web side needs them: the secret behind links, pictures by id, uploads."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from darkroom.core.links import Verdict, check_link, image_link
from darkroom.core.records import Image
from darkroom.settings import Settings

if TYPE_CHECKING:  # sqlalchemy and pillow are imported by the first request that needs them
    from darkroom.adapters.library import Library


class Vault:
    """What HTTP serves of one database. Opens it at the first need."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: tuple[Library, str] | None = None
        self._opening = anyio.Lock()
        self.base_url = ""
        """What links begin with; known once the server listens."""

    async def links(self, images: Sequence[Image]) -> Mapping[str, str]:
        """Return a link to each picture by its id.

        Raises:
            DatabaseError: If the database cannot be opened.
        """
        _, secret = await self._open()
        now = time.time()
        return {image.image_id: image_link(self.base_url, secret, image.image_id, now) for image in images}

    async def verdict(self, image_id: str, exp: str, sig: str) -> Verdict:
        """Say whether a link may be followed.

        Raises:
            DatabaseError: If the database cannot be opened.
        """
        _, secret = await self._open()
        return check_link(secret, image_id, exp, sig, time.time())

    async def image(self, image_id: str) -> Image:
        """Return one picture of the library.

        Raises:
            UnknownImageError: If there is none of this id.
            DatabaseError: If the database cannot be read.
        """
        library, _ = await self._open()
        return await to_thread.run_sync(library.image, image_id)

    async def take_in(self, content: Path) -> Image:
        """Keep an uploaded picture and give it an id, the same one for the same bytes.

        Raises:
            NotAPictureError: If it is no picture that can be read.
            DatabaseError: If it cannot be written down.
        """
        library, _ = await self._open()
        return await to_thread.run_sync(_take_in, library, self._settings.home / "inputs", content)

    @property
    def uploads(self) -> Path:
        """Folder in which uploads arrive."""
        return self._settings.home / "uploads"

    def close(self) -> None:
        """Close the database, at the end."""
        if self._opened is not None:
            self._opened[0].engine.dispose()

    async def _open(self) -> "tuple[Library, str]":
        async with self._opening:
            if self._opened is None:
                self._opened = await to_thread.run_sync(_open, self._settings)
            return self._opened


def _open(settings: Settings) -> "tuple[Library, str]":
    from darkroom.adapters.database import fact, open_database
    from darkroom.adapters.library import Library

    engine = open_database(settings.home, settings.database_url)
    return Library(engine), fact(engine, "secret")


def _take_in(library: "Library", folder: Path, content: Path) -> Image:
    from darkroom.adapters.inputs import refuse_huge
    from darkroom.adapters.pictures import look
    from darkroom.core.size import Size
    from darkroom.service.intake import keep

    found = look(content)
    refuse_huge(found)
    size = Size(*found.upright_size)
    kept, digest = keep(content, folder)
    return library.add_input(kept, digest, "", size)
