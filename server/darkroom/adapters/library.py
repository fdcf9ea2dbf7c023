"""The library: pictures in the database, newest first, and their families."""

import math
import time
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from darkroom.adapters.database import images, jobs, reading, writing
from darkroom.adapters.pictures import look
from darkroom.adapters.rows import read_image
from darkroom.core.records import Image
from darkroom.core.size import Size
from darkroom.errors import ArgumentError, UnknownImageError

LISTED_KINDS = ("picture",)


class Library:
    """Pictures of one database."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def image(self, image_id: str) -> Image:
        """Return one picture.

        Raises:
            UnknownImageError: If there is none of this id.
        """
        with reading(self.engine) as connection:
            row = connection.execute(sa.select(images).where(images.c.image_id == image_id)).first()
        if row is None:
            raise _unknown(image_id)
        return read_image(row)

    def page(self, limit: int, before: str = "") -> tuple[list[Image], str]:
        """Return the newest pictures, and the mark with which the next page begins; empty at the end."""
        query = sa.select(images).where(images.c.kind.in_(LISTED_KINDS))
        if before:
            # Compared as one value: two comparisons with an "or" between them would read everything newer first.
            query = query.where(sa.tuple_(images.c.created_at, images.c.image_id) < _read_mark(before))
        query = query.order_by(images.c.created_at.desc(), images.c.image_id.desc()).limit(limit + 1)
        with reading(self.engine) as connection:
            found = [read_image(row) for row in connection.execute(query)]
        more = len(found) > limit
        return found[:limit], _mark(found[limit - 1]) if more else ""

    def family(self, image_id: str) -> list[Image]:
        """Return every picture that came from the same first one, that one first.

        Raises:
            UnknownImageError: If there is no picture of this id.
        """
        root = self.image(image_id).root_id
        query = sa.select(images).where(images.c.root_id == root).order_by(images.c.created_at, images.c.image_id)
        with reading(self.engine) as connection:
            return [read_image(row) for row in connection.execute(query)]

    def of_content(self, digest: str) -> Image | None:
        """Return the newest picture with these bytes, so that one named by its path is known again."""
        query = sa.select(images).where(images.c.sha256 == digest, images.c.kind.in_(("picture", "original")))
        with reading(self.engine) as connection:
            row = connection.execute(query.order_by(images.c.created_at.desc()).limit(1)).first()
        return read_image(row) if row is not None else None

    def add_input(self, path: Path, digest: str, job_id: str, size: Size) -> Image:
        """Give a picture from outside an id, the same one each time, and return its row."""
        image_id = f"img_{digest[:16]}"
        picture = look(path)
        row = {
            "image_id": image_id,
            "job_id": job_id,
            "call_id": "",
            "created_at": time.time(),
            "kind": "input",
            "path": str(path),
            "format": picture.format,
            "width": size.width,
            "height": size.height,
            "bytes": path.stat().st_size,
            "sha256": digest,
            "prompt": "",
            "model": "",
            "turn": 0,
            "root_id": image_id,
            "derived_from": "[]",
            "original_image_id": "",
            "requested_size": "",
            "source_url": "",
        }
        with writing(self.engine) as connection:
            if connection.execute(sa.select(images.c.image_id).where(images.c.image_id == image_id)).first() is None:
                connection.execute(images.insert().values(**row))
        return self.image(image_id)

    def images(self, image_ids: Sequence[str]) -> list[Image]:
        """Return these pictures in the order asked for.

        Raises:
            UnknownImageError: If one of them does not exist.
        """
        with reading(self.engine) as connection:
            rows = connection.execute(sa.select(images).where(images.c.image_id.in_(image_ids)))
            found = {row.image_id: read_image(row) for row in rows}
        for image_id in image_ids:
            if image_id not in found:
                raise _unknown(image_id)
        return [found[image_id] for image_id in image_ids]

    def of_jobs(self, job_ids: Sequence[str]) -> list[Image]:
        """Return the pictures that these jobs have made so far."""
        query = sa.select(images).where(images.c.job_id.in_(job_ids), images.c.kind == "picture")
        with reading(self.engine) as connection:
            return [read_image(row) for row in connection.execute(query)]

    def of_sandbox(self, pictures: Sequence[Image]) -> set[str]:
        """Return the ids of those of these pictures that the sandbox drew: their price was never paid."""
        job_ids = {image.job_id for image in pictures}
        query = sa.select(jobs.c.job_id).where(jobs.c.job_id.in_(job_ids), jobs.c.sandbox)
        with reading(self.engine) as connection:
            drawn = set(connection.execute(query).scalars())
        return {image.image_id for image in pictures if image.job_id in drawn}

    def of_calls(self, call_ids: Sequence[str]) -> list[Image]:
        """Return the pictures that these calls made, originals included."""
        with reading(self.engine) as connection:
            query = sa.select(images).where(images.c.call_id.in_(call_ids)).order_by(images.c.created_at)
            return [read_image(row) for row in connection.execute(query)]

    def delete(self, image_ids: Sequence[str]) -> None:
        """Take these pictures out; what was made from them stays and still names them, and so does the money."""
        with writing(self.engine) as connection:
            connection.execute(images.delete().where(images.c.image_id.in_(image_ids)))


def _unknown(image_id: str) -> UnknownImageError:
    return UnknownImageError(f"There is no image {image_id!r}. list_images shows the ids.")


def _mark(image: Image) -> str:
    return f"{image.created_at!r}/{image.image_id}"


def _read_mark(before: str) -> tuple[float, str]:
    text, _, image_id = before.partition("/")
    try:
        at = float(text)
    except ValueError:
        at = math.nan
    if not math.isfinite(at):
        raise ArgumentError([f"before={before!r} is no mark. Give next_before of the last page."])
    return at, image_id
