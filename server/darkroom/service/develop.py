"""From a raw answer in the spool to a picture in its place: nothing here can send anything.

Every step can be cut off and done again: the file's name is written down before the file is made, so a
second run finds it, and a picture that cannot be put in its place stays where it is until it can.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread

from darkroom.adapters.downloads import DownloadFailedError, DownloadRefusedError, fetch
from darkroom.adapters.files import clear_beside, free_name, place, sha256
from darkroom.adapters.pictures import SNIFF_BYTES, NotAPictureError, look, sniff
from darkroom.adapters.spool import Spooled, clear, find_spooled
from darkroom.adapters.wholeness import is_whole
from darkroom.catalog.limits import (
    DOWNLOAD_ATTEMPTS,
    DOWNLOAD_TIMEOUT_SECONDS,
    MAX_ANSWER_BYTES,
    RESULT_URL_SECONDS,
)
from darkroom.catalog.models import MODELS
from darkroom.core.cost import charge, microdollars
from darkroom.core.failure import Failure
from darkroom.core.job import Event
from darkroom.core.naming import extension, file_stem
from darkroom.core.order import Attempt, Order
from darkroom.core.records import Call, Image, Job
from darkroom.core.verdict import picture_warnings
from darkroom.service.finish import Finished, Finishing, finish
from darkroom.service.surroundings import Darkroom
from darkroom.wire.answer import (
    Answer,
    EncodedPicture,
    ErrorInAnswerError,
    LinkedPicture,
    UnreadableAnswerError,
    decode,
)
from darkroom.wire.faults import classify, no_image, unreadable
from darkroom.wire.message import WireResponse

DOWNLOAD_WAIT_SECONDS = 2.0
"""Pause before a download is tried again; doubled each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Print:
    """One picture on its way: where its bytes lie, and where they came from."""

    path: Path
    format: str
    source_url: str = ""


class _NotNowError(Exception):
    """The picture is safe, but cannot be put in its place now."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


async def develop(room: Darkroom, job: Job, call: Call, finishing: Finishing) -> None:
    """Turn the spooled answer of `call` into a saved picture, or into an honest failure.

    The call ends as saved, spoiled, refused or in doubt, or is held for a later run.
    """
    spooled = await to_thread.run_sync(find_spooled, room.home, call.call_id, call.attempt)
    if spooled is None:
        lost = Failure(
            code="storage",
            message="The raw answer was removed from the spool before it was saved.",
            charge="certain",
        )
        await _end(room, call, Event.SPOIL, lost)
        return
    try:
        answer = await to_thread.run_sync(_decoded, spooled)
    except ErrorInAnswerError:
        failure = classify(_response(spooled), model=call.model, secrets=room.secrets).failure
        free = failure.charge == "none"
        await _end(room, call, Event.REFUSAL if free else Event.SILENCE, failure, Decimal(0) if free else None)
        return
    except UnreadableAnswerError:
        failure = unreadable(_response(spooled), model=call.model, secrets=room.secrets)
        kept = await to_thread.run_sync(_keep, job.order, call, spooled.body())
        await _end(room, call, Event.SPOIL, replace(failure, path=kept), _charged(job.order, call, None)[0])
        return
    await _develop_answer(room, job, call, finishing, spooled, answer)


async def _develop_answer(
    room: Darkroom, job: Job, call: Call, finishing: Finishing, spooled: Spooled, answer: Answer
) -> None:
    usd, basis = _charged(job.order, call, answer)
    changes: dict[str, Any] = {"basis": basis}
    if not answer.pictures:
        failure = no_image(answer, model=call.model, headers=spooled.headers, secrets=room.secrets)
        await _end(room, call, Event.SPOIL, failure, usd, changes)
        return
    try:
        prints = [
            await _print_of(room, call, picture, number) for number, picture in enumerate(answer.pictures, start=1)
        ]
        rows: list[Mapping[str, Any]] = []
        for number, made in enumerate(prints, start=1):
            rows += await _save(room, job, call, made, number, finishing, usd if number == 1 else None)
    except _NotNowError as exc:
        await _end(room, call, Event.HOLD, exc.failure, usd, changes)
        return
    except NotAPictureError as exc:
        await _spoil(room, job.order, call, str(exc), usd, changes)
        return
    await to_thread.run_sync(
        lambda: room.journal.advance(
            call.call_id,
            Event.SAVE,
            detail=str(rows[0]["path"]),
            charged_usd=usd,
            changes=changes,
            pictures=rows,
        )
    )
    await to_thread.run_sync(clear, room.home, call.call_id)


def _decoded(spooled: Spooled) -> Answer:
    return decode(spooled.body())


def _response(spooled: Spooled) -> WireResponse:
    return WireResponse(status=spooled.status, headers=spooled.headers, body=spooled.body())


def attempt_of(order: Order, call: Call) -> Attempt:
    """Return the part of the order that belongs to the model which `call` went to."""
    return next(attempt for attempt in order.attempts() if attempt.model == call.model)


def _charged(order: Order, call: Call, answer: Answer | None) -> tuple[Decimal | None, str]:
    """Return what a call did cost, and how that is known; None: it stays reserved at its upper estimate."""
    spec, usage = MODELS[call.model], answer.usage if answer else None
    usd = charge(
        spec,
        text_in_tokens=usage.text_in_tokens if usage else None,
        image_in_tokens=usage.image_in_tokens if usage else None,
        input_tokens=usage.input_tokens if usage else 0,
        output_tokens_used=usage.output_tokens if usage else 0,
        multiplier=order.multiplier,
    )
    if usd is None:
        return None, "estimate"
    return usd, "flat" if attempt_of(order, call).basis == "flat" else "usage"


async def _print_of(room: Darkroom, call: Call, picture: EncodedPicture | LinkedPicture, number: int) -> _Print:
    """Put the bytes of one picture of the answer into the spool.

    Raises:
        NotAPictureError: If the bytes are none; they are in the answer still.
        _NotNowError: If a link does not deliver yet, or the spool cannot be written.
    """
    path = room.home / "spool" / f"{call.call_id}.{call.attempt}.picture-{number}"
    url = picture.url if isinstance(picture, LinkedPicture) else ""
    try:
        if isinstance(picture, LinkedPicture):
            await _download(room, picture.url, path)
        else:
            await to_thread.run_sync(lambda: path.write_bytes(picture.decode()))
    except OSError as exc:
        raise _NotNowError(_storage_failure(path.parent, exc, "")) from exc
    head = await to_thread.run_sync(_head, path)
    found = sniff(head)
    room.passed("printed")
    if found is None:
        raise NotAPictureError("The bytes that came are no picture.")
    return _Print(path=path, format=found, source_url=url)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SNIFF_BYTES)


async def _download(room: Darkroom, url: str, path: Path) -> None:
    """Fetch a result; it was paid for, so it is tried again, now and by later runs until the link dies."""
    wait = DOWNLOAD_WAIT_SECONDS
    for attempt in range(1, DOWNLOAD_ATTEMPTS + 1):
        try:
            await fetch(
                url,
                path,
                max_bytes=MAX_ANSWER_BYTES,
                timeout_seconds=DOWNLOAD_TIMEOUT_SECONDS,
                allowed_origins=(room.gateway_url,),
            )
        except (DownloadFailedError, DownloadRefusedError) as exc:
            again = isinstance(exc, DownloadFailedError) and exc.retryable
            if not again or attempt == DOWNLOAD_ATTEMPTS:
                message = (
                    f"The picture was made, but its link did not deliver it: {_first_sentence(exc)} The link is kept "
                    f"for 24 h and tried again by wait_for_jobs; a person can also open it: {url}"
                )
                raise _NotNowError(Failure(code="download_failed", message=message, charge="certain")) from exc
            await anyio.sleep(wait * room.time_scale)
            wait *= 2
        else:
            return


async def _save(
    room: Darkroom, job: Job, call: Call, made: _Print, number: int, finishing: Finishing, usd: Decimal | None
) -> list[Mapping[str, Any]]:
    """Put one picture into its place and return its rows for the library: itself, and its original if finished."""
    order, image_id = job.order, _image_id(call, number)
    try:
        done = await to_thread.run_sync(finish, order, made.path, finishing)
        target = await to_thread.run_sync(_placed, room, order, call, image_id, number, done)
        rows: list[Mapping[str, Any]] = []
        original_id = ""
        if done.changed:
            original_id = f"{image_id}o"
            kept = await to_thread.run_sync(_place_original, target, made)
            rows.append(_row(job, call, original_id, "original", kept, made, finishing, "", None, []))
        picture = look(target)
        warnings = [*finishing.warnings, *done.warnings]
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
        raise _NotNowError(_storage_failure(Path(order.folder), exc, str(made.path))) from exc
    return rows


def _first_sentence(exc: Exception) -> str:
    """What happened; the advice that follows is for pictures that a caller gave."""
    return f"{exc}".partition(". ")[0].removesuffix(".") + "."


def _image_id(call: Call, number: int) -> str:
    """Derive a picture's id from its call, so that a second run gives it the same one."""
    own = call.call_id.removeprefix("call_")
    return f"img_{own}" if number == 1 else f"img_{own}{number}"


def _placed(room: Darkroom, order: Order, call: Call, image_id: str, number: int, done: Finished) -> Path:
    """Write down where the picture goes, then put it there; a picture that lies there already is taken as ours."""
    noted = room.journal.call(call.call_id).target if number == 1 else ""
    if noted:
        clear_beside(Path(noted))
    if noted and Path(noted).exists() and sha256(Path(noted)) == sha256(done.path):
        return Path(noted)
    while True:
        target = free_name(Path(order.folder), _stem(order, call, image_id), extension(done.format))
        if number == 1:
            room.journal.set_target(call.call_id, str(target))
        try:
            place(done.path, target)
        except FileExistsError:
            continue  # somebody took the name a moment ago
        room.passed("placed")
        return target


def _stem(order: Order, call: Call, image_id: str) -> str:
    if order.file_name:
        return Path(order.file_name).stem
    made_at = datetime.fromtimestamp(call.sent_at or time.time()).astimezone()
    return file_stem(f"{made_at:%Y-%m-%d}", order.prompt, image_id)


def _place_original(target: Path, made: _Print) -> Path:
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
    made: _Print,
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


async def _spoil(
    room: Darkroom,
    order: Order,
    call: Call,
    reason: str,
    usd: Decimal | None,
    changes: Mapping[str, Any],
) -> None:
    """End a call whose bytes are no picture: they are kept all the same, since they were paid for."""
    path = room.home / "spool" / f"{call.call_id}.{call.attempt}.picture-1"
    content = path.read_bytes() if path.exists() else b""
    kept = await to_thread.run_sync(_keep, order, call, content)
    failure = Failure(
        code="not_an_image",
        message=(
            f"{reason} They were charged and are kept in {kept}. The same request may well work again: repeat it "
            "with another variation, which is charged again."
        ),
        charge="certain",
        path=kept,
        another_model=True,
    )
    await _end(room, call, Event.SPOIL, failure, usd, changes)
    await to_thread.run_sync(clear, room.home, call.call_id)


def _keep(order: Order, call: Call, content: bytes) -> str:
    """Keep paid bytes that are no picture as `.bin` in the output folder."""
    folder = Path(order.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = free_name(folder, _stem(order, call, _image_id(call, 1)), "bin")
        path.write_bytes(content)
    except OSError:
        return ""
    return str(path)


def _storage_failure(folder: Path, exc: OSError, path: str) -> Failure:
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


async def _end(
    room: Darkroom,
    call: Call,
    event: Event,
    failure: Failure,
    usd: Decimal | None = None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    await to_thread.run_sync(
        lambda: room.journal.advance(
            call.call_id, event, detail=failure.code, failure=failure, charged_usd=usd, changes=changes
        )
    )
