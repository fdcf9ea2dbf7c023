"""From a raw answer in the spool to a picture in its place: nothing here can send anything.

What can be done at once is done in one go in a thread; only downloads are waited for. A picture that cannot
be put in its place stays where it is until it can.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread

from darkroom.adapters.downloads import DownloadFailedError, DownloadRefusedError, fetch
from darkroom.adapters.files import sha256
from darkroom.adapters.pictures import SNIFF_BYTES, NotAPictureError, sniff
from darkroom.adapters.processes import is_of
from darkroom.adapters.spool import Spooled, clear, find_spooled
from darkroom.catalog.limits import DOWNLOAD_ATTEMPTS, DOWNLOAD_TIMEOUT_SECONDS, MAX_ANSWER_BYTES
from darkroom.catalog.models import MODELS
from darkroom.core.cost import charge
from darkroom.core.failure import Failure
from darkroom.core.job import Event, State
from darkroom.core.order import Order
from darkroom.core.records import Call, Job
from darkroom.service.finish import Finishing
from darkroom.service.placing import NotNowError, Print, attempt_of, keep, save, storage_failure
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
from darkroom.wire.folding import NotBase64Error, fold
from darkroom.wire.message import WireResponse

DOWNLOAD_WAIT_SECONDS = 2.0
"""Pause before a download is tried again; doubled each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Developing:
    """One answer being developed, and what is known about its price."""

    room: Darkroom
    job: Job
    call: Call
    finishing: Finishing
    spooled: Spooled
    pictures: Sequence[EncodedPicture | LinkedPicture | Spooled]
    usd: Decimal | None
    changes: Mapping[str, Any]

    @property
    def links(self) -> list[tuple[int, str]]:
        """Pictures that have to be fetched: their number and link."""
        numbered = enumerate(self.pictures, start=1)
        return [(number, picture.url) for number, picture in numbered if isinstance(picture, LinkedPicture)]


async def develop(
    room: Darkroom, job: Job, call: Call, finishing: Finishing, limiter: anyio.CapacityLimiter | None = None
) -> Call:
    """Turn the spooled answer of `call` into a saved picture, or into an honest failure; return the call then.

    It ends as saved, spoiled, refused or in doubt, or is held for a later run. `limiter` bounds how many
    are worked on at the same time.
    """
    waiting = await to_thread.run_sync(_develop_at_once, room, job, call, finishing, limiter=limiter)
    if isinstance(waiting, Call):
        return waiting
    try:
        for number, url in waiting.links:
            await _download(room, url, _print_path(room, call, number))
    except NotNowError as exc:
        return await to_thread.run_sync(_end, room, call, Event.HOLD, exc.failure, waiting.usd, waiting.changes)
    return await to_thread.run_sync(_settle, waiting, limiter=limiter)


def _develop_at_once(room: Darkroom, job: Job, call: Call, finishing: Finishing) -> _Developing | Call:
    """Do all that needs no download; return what waits for one, or the call if it has been brought to its end."""
    developing = _open(room, job, call, finishing)
    if isinstance(developing, Call) or developing.links:
        return developing
    return _settle(developing)


def _open(room: Darkroom, job: Job, call: Call, finishing: Finishing) -> _Developing | Call:
    """Decode the answer; if there is no picture in it, end the call and return it."""
    spooled = find_spooled(room.home, call.call_id, call.attempt)
    if spooled is None:
        return _end_without_answer(room, call)
    with spooled.reading() as read_at:
        is_picture = sniff(read_at(0, SNIFF_BYTES)) is not None
    pictures: Sequence[EncodedPicture | LinkedPicture | Spooled]
    try:
        # Some send the picture itself, without any JSON around it.
        answer = None if is_picture else _decoded(spooled)
        pictures = answer.pictures if answer is not None else (spooled,)
    except ErrorInAnswerError:
        failure = classify(_response(spooled), model=call.model, secrets=room.secrets).failure
        free = failure.charge == "none"
        return _end(room, call, Event.REFUSAL if free else Event.SILENCE, failure, Decimal(0) if free else None)
    except UnreadableAnswerError:
        failure = unreadable(_response(spooled), model=call.model, secrets=room.secrets)
        kept = keep(job.order, call, spooled.body())
        return _end(room, call, Event.SPOIL, replace(failure, path=kept), _charged(job.order, call, None)[0])
    usd, basis = _charged(job.order, call, answer)
    if answer is not None and not pictures:
        failure = no_image(answer, model=call.model, headers=spooled.headers, secrets=room.secrets)
        return _end(room, call, Event.SPOIL, failure, usd, {"basis": basis})
    return _Developing(
        room=room,
        job=job,
        call=call,
        finishing=finishing,
        spooled=spooled,
        pictures=pictures,
        usd=usd,
        changes={"basis": basis},
    )


def _end_without_answer(room: Darkroom, call: Call) -> Call:
    """End a call whose answer is not in our spool: removed, or on the disk of another machine and safe there."""
    if is_of(call.executor, room.home):
        message = "The raw answer was removed from the spool, or damaged there, before it was saved."
        return _end(room, call, Event.SPOIL, Failure(code="storage", message=message, charge="certain"))
    if call.state is State.HELD:
        return call
    message = (
        f"The picture was made; its raw answer is kept on the machine {call.executor.partition(':')[0]!r}, whose "
        "next worker puts it into its place. Do not ask for the picture again."
    )
    return _end(room, call, Event.HOLD, Failure(code="storage", message=message, charge="certain"))


def _settle(developing: _Developing) -> Call:
    """Put the pictures into their places, write them into the library and end the call."""
    room, job, call = developing.room, developing.job, developing.call
    usd, changes = developing.usd, developing.changes
    rows: list[Mapping[str, Any]] = []
    try:
        prints = [_print_of(developing, picture, n) for n, picture in enumerate(developing.pictures, start=1)]
        for number, made in enumerate(_once_each(prints), start=1):
            rows += save(room, job, call, made, number, developing.finishing, usd if number == 1 else None)
    except NotNowError as exc:
        return _end(room, call, Event.HOLD, exc.failure, usd, changes)
    except NotAPictureError as exc:
        return _spoil(room, job.order, call, str(exc), usd, changes)
    where = str(rows[0]["path"])
    saved = room.journal.advance(
        call.call_id, Event.SAVE, detail=where, charged_usd=usd, changes=changes, pictures=rows
    )
    clear(room.home, call.call_id)
    return saved


def _decoded(spooled: Spooled) -> Answer:
    """Read the answer with its long base64 folded away, or as it came if no picture is seen in it like that.

    Raises:
        UnreadableAnswerError: If it makes no sense either way.
        ErrorInAnswerError: If it holds an error.
    """
    with spooled.reading() as read_at, suppress(UnreadableAnswerError, ErrorInAnswerError):
        answer = decode(fold(read_at))
        if answer.pictures:
            return answer
    return decode(spooled.body())


def _response(spooled: Spooled) -> WireResponse:
    return WireResponse(status=spooled.status, headers=spooled.headers, body=spooled.body())


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


def _print_path(room: Darkroom, call: Call, number: int) -> Path:
    return room.home / "spool" / f"{call.call_id}.{call.attempt}.picture-{number}"


def _print_of(developing: _Developing, picture: EncodedPicture | LinkedPicture | Spooled, number: int) -> Print:
    """Put the bytes of one picture of the answer into the spool, if they are not there yet.

    Raises:
        NotAPictureError: If the bytes are none; they are in the answer still.
        NotNowError: If the spool cannot be written.
    """
    room = developing.room
    path = _print_path(room, developing.call, number)
    again = path.exists()
    try:
        if not isinstance(picture, LinkedPicture):
            _write(path, picture, developing.spooled)
        with path.open("rb") as file:
            found = sniff(file.read(SNIFF_BYTES))
    except OSError as exc:
        raise NotNowError(storage_failure(path.parent, exc, "")) from exc
    room.passed("printed")
    if found is None:
        raise NotAPictureError("The bytes that came are no picture.")
    url = picture.url if isinstance(picture, LinkedPicture) else ""
    return Print(path=path, format=found, source_url=url, again=again)


def _write(path: Path, picture: EncodedPicture | Spooled, spooled: Spooled) -> None:
    """Write a picture of the answer to `path` in pieces; what is no base64 at all as it came, for it was paid for."""
    if isinstance(picture, Spooled):
        picture.copy_body(path)
        return
    with spooled.reading() as read_at:
        try:
            _write_pieces(path, picture.content(read_at))
        except NotBase64Error:
            _write_pieces(path, picture.text(read_at))


def _write_pieces(path: Path, pieces: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)


def _once_each(prints: Sequence[Print]) -> Sequence[Print]:
    """Leave out what the answer holds twice, in two of its fields."""
    if len(prints) == 1:
        return prints
    first: dict[str, Print] = {}
    for made in prints:
        first.setdefault(sha256(made.path), made)
    return list(first.values())


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
                raise NotNowError(Failure(code="download_failed", message=message, charge="certain")) from exc
            await anyio.sleep(wait * room.time_scale)
            wait *= 2
        else:
            return


def _first_sentence(exc: Exception) -> str:
    """What happened; the advice that follows is for pictures that a caller gave."""
    return f"{exc}".partition(". ")[0].removesuffix(".") + "."


def _spoil(
    room: Darkroom, order: Order, call: Call, reason: str, usd: Decimal | None, changes: Mapping[str, Any]
) -> Call:
    """End a call whose bytes are no picture: they are kept all the same, since they were paid for."""
    path = _print_path(room, call, 1)
    kept = keep(order, call, path.read_bytes() if path.exists() else b"")
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
    spoiled = _end(room, call, Event.SPOIL, failure, usd, changes)
    clear(room.home, call.call_id)
    return spoiled


def _end(
    room: Darkroom,
    call: Call,
    event: Event,
    failure: Failure,
    usd: Decimal | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Call:
    return room.journal.advance(
        call.call_id, event, detail=failure.code, failure=failure, charged_usd=usd, changes=changes
    )
