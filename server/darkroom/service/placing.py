"""Putting a finished picture into its place, and writing its row for the library.

Every step can be cut off and done again: the file's name is written down before the file is made, so a
second run finds it.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from darkroom.adapters.files import clear_beside, free_name, place, sha256
from darkroom.adapters.pictures import look
from darkroom.adapters.wholeness import is_whole
from darkroom.catalog.limits import RESULT_URL_SECONDS
from darkroom.core.cost import microdollars
from darkroom.core.failure import Failure
from darkroom.core.naming import extension, file_stem
from darkroom.core.order import Attempt, Order
from darkroom.core.records import Call, Image, Job
from darkroom.core.verdict import picture_warnings
from darkroom.service.finish import Finished, Finishing, finish
from darkroom.service.surroundings import Darkroom


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """One picture on its way: where its bytes lie, and where they came from."""

    path: Path
    format: str
    source_url: str = ""
    again: bool = False
    """Whether an earlier run got as far, and so may have left more behind."""


class NotNowError(Exception):
    """The picture is safe, but cannot be put in its place now."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


def attempt_of(order: Order, call: Call) -> Attempt:
    """Return the part of the order that belongs to the model which `call` went to."""
    return next(attempt for attempt in order.attempts() if attempt.model == call.model)


def save(
    room: Darkroom, job: Job, call: Call, made: Print, number: int, finishing: Finishing, usd: Decimal | None
) -> list[Mapping[str, Any]]:
    """Put one picture into its place and return its rows for the library: itself, and its original if finished.

    Raises:
        NotNowError: If it cannot be put there now; it is safe where it lies.
    """
    order, image_id = job.order, _image_id(call, number)
    try:
        done = finish(order, made.path, finishing)
        target = _placed(room, order, call, image_id, number, done, again=made.again)
        rows: list[Mapping[str, Any]] = []
        original_id = ""
        if done.changed:
            original_id = f"{image_id}o"
            kept = _place_original(target, made)
            rows.append(_row(job, call, original_id, "original", kept, made, finishing, "", None, []))
        picture = look(target)
        warnings = [*finishing.warnings, *done.warnings, *_renamed(order, done)]
        if not done.changed:
            warnings += picture_warnings(
                attempt_of(order, call),
                picture_format=picture.format,
                width=picture.width,
                height=picture.height,
                opaque=done.opaque,
                whole=is_whole(target, picture.format),
            )
        rows.insert(0, _row(job, call, image_id, "picture", target, made, finishing, original_id, usd, warnings))
    except OSError as exc:
        raise NotNowError(storage_failure(Path(order.folder), exc, str(made.path))) from exc
    return rows


def _renamed(order: Order, done: Finished) -> list[str]:
    """Say that the name which was asked for had another extension than the picture's format."""
    asked = Path(order.file_name).suffix.lower().lstrip(".").replace("jpeg", "jpg")
    if not asked or asked == extension(done.format):
        return []
    instead = f"so it ends in .{extension(done.format)}; deliver with a format makes a file of another kind."
    return [f"The name {order.file_name} was asked for and the picture is {done.format}, {instead}"]


def keep(order: Order, call: Call, content: bytes) -> str:
    """Keep paid bytes that are no picture as `.bin` in the output folder."""
    folder = Path(order.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = free_name(folder, _stem(order, call, _image_id(call, 1)), "bin")
        path.write_bytes(content)
    except OSError:
        return ""
    return str(path)


def storage_failure(folder: Path, exc: OSError, path: str) -> Failure:
    """Say that a picture waits for its place on disk."""
    return Failure(
        code="storage",
        message=(
            f"The picture was made and is safe in the spool, but {str(folder)!r} cannot be written "
            f"({exc.strerror or exc}). It is put there as soon as that works: mend the folder or free space, then "
            "call wait_for_jobs again. Do not ask for the picture again."
        ),
        charge="certain",
        path=path,
    )


def _image_id(call: Call, number: int) -> str:
    """Derive a picture's id from its call, so that a second run gives it the same one."""
    own = call.call_id.removeprefix("call_")
    return f"img_{own}" if number == 1 else f"img_{own}{number}"


def _placed(
    room: Darkroom, order: Order, call: Call, image_id: str, number: int, done: Finished, *, again: bool
) -> Path:
    """Put the picture where it goes; one that an earlier run put there already is taken as ours."""
    folder, stem, form = Path(order.folder), _stem(order, call, image_id), extension(done.format)
    # A name made here holds the picture's id and is nobody else's. One that the caller chose may be, so it is
    # written down before it is taken.
    is_ours = not order.file_name
    earlier = folder / f"{stem}.{form}" if is_ours else Path(call.target) if number == 1 and call.target else None
    if earlier is not None and again:
        clear_beside(earlier)
        if earlier.exists() and sha256(earlier) == sha256(done.path):
            return earlier
    while True:
        target = free_name(folder, stem, form)
        if number == 1:
            _announce(room, call, target, is_ours=is_ours)
        try:
            place(done.path, target)
        except FileExistsError:
            continue  # somebody took the name a moment ago
        room.passed("placed")
        return target


def _announce(room: Darkroom, call: Call, target: Path, *, is_ours: bool) -> None:
    if is_ours:
        room.passed("before-target")
        room.passed("target")
    else:
        room.journal.set_target(call.call_id, str(target))


def _stem(order: Order, call: Call, image_id: str) -> str:
    if order.file_name:
        return Path(order.file_name).stem
    made_at = datetime.fromtimestamp(call.sent_at or time.time()).astimezone()
    return file_stem(f"{made_at:%Y-%m-%d}", order.prompt, image_id)


def _place_original(target: Path, made: Print) -> Path:
    path = target.with_name(f"{target.stem}_original.{extension(made.format)}")
    if not (path.exists() and sha256(path) == sha256(made.path)):
        path = free_name(path.parent, path.stem, extension(made.format))
        place(made.path, path)
    return path


def _row(
    job: Job,
    call: Call,
    image_id: str,
    kind: str,
    path: Path,
    made: Print,
    finishing: Finishing,
    original_id: str,
    usd: Decimal | None,
    warnings: Sequence[str],
) -> Mapping[str, Any]:
    picture, now = look(path), time.time()
    parents: Sequence[Image] = finishing.parents
    return {
        "image_id": image_id,
        "job_id": job.job_id,
        "call_id": call.call_id,
        "created_at": now,
        "kind": kind,
        "path": str(path),
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
        "prompt": job.order.prompt,
        "model": call.model,
        "turn": 1 + max((parent.turn for parent in parents), default=0),
        "root_id": parents[0].root_id if parents else image_id.removesuffix("o"),
        "derived_from": json.dumps([parent.image_id for parent in parents]),
        "original_image_id": original_id,
        "requested_size": attempt_of(job.order, call).requested_size,
        "source_url": made.source_url,
        "source_url_expires_at": now + RESULT_URL_SECONDS if made.source_url else None,
        "charged_microusd": microdollars(usd) if usd is not None else None,
        "warnings_json": json.dumps(list(warnings), ensure_ascii=False),
    }
