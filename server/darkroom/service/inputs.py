"""Inputs of an edit in the worker: fetched, checked and prepared once a job, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread

from darkroom.adapters.downloads import fetch
from darkroom.adapters.inputs import InputRefusedError, Prepared, budgets, prepare
from darkroom.adapters.library import Library
from darkroom.adapters.masks import mask_from_picture, mask_from_regions, resize_mask
from darkroom.adapters.pictures import look
from darkroom.adapters.private import private_folder
from darkroom.catalog.limits import INPUT_DOWNLOAD_MAX_BYTES, INPUT_PER_IMAGE_MIN_BYTES
from darkroom.catalog.models import MODELS
from darkroom.core.order import Order, Source
from darkroom.core.plan import Request, plan
from darkroom.core.records import Image, Job
from darkroom.core.regions import read_regions, region_problems
from darkroom.core.size import Size
from darkroom.errors import NOTHING_SENT, ArgumentError, UnknownImageError
from darkroom.service.finish import Finishing
from darkroom.service.intake import keep
from darkroom.service.surroundings import Darkroom
from darkroom.wire.chat import Turn
from darkroom.wire.message import InputFile

DOWNLOAD_SECONDS: Final = 60
"""Longest download of one input."""

PREPARED_AT_ONCE: Final = 2
"""Pictures that are decoded at the same time: each may take hundreds of megabytes."""

MAX_TURNS: Final = 10
"""Earlier turns that are sent along with a conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the calls of a job send besides words."""

    images: Sequence[InputFile] = ()
    mask: InputFile | None = None
    turns: Sequence[Turn] = ()
    """Earlier prompts and answers, for the chat endpoint."""
    finishing: Finishing = field(default_factory=Finishing)
    folder: Path | None = None
    """Where files made for this job lie."""

    def smaller(self) -> tuple["Inputs", str]:
        """Return smaller inputs for a retry, and a clause that says so; the same ones if none got smaller."""
        if self.folder is None:
            return self, ""
        made: list[InputFile] = []
        for number, file in enumerate(self.images, start=1):
            budget = max(INPUT_PER_IMAGE_MIN_BYTES, file.bytes // 2)
            done = prepare(Path(file.path), self.folder, f"smaller-{number}", budget)
            made.append(_file(done) if done.bytes < file.bytes else file)
        mask = self.mask
        if mask is not None and (made[0].width, made[0].height) != (mask.width, mask.height):
            path = resize_mask(Path(mask.path), made[0].width, made[0].height, self.folder / "mask-smaller.png")
            mask = _png(path)
        changed = [file.path for file in made] != [file.path for file in self.images]
        return replace(self, images=made, mask=mask), ", with smaller inputs" if changed else ""


async def prepare_inputs(room: Darkroom, job: Job) -> Inputs:
    """Prepare the inputs of `job`, and write into its order what could not be known before.

    Nothing to do for pictures made from words. Done again after a crash, it comes to the same.

    Raises:
        DarkroomError: If an input cannot be fetched, read or used. Nothing was sent in this run.
    """
    order = job.order
    if order.operation != "edit":
        return Inputs()
    folder = room.home / "jobs" / job.job_id
    await to_thread.run_sync(private_folder, folder)
    sources = [await _fetched(room, source, folder, f"image {n}") for n, source in enumerate(order.images, start=1)]
    mask_source = await _fetched(room, order.mask, folder, "mask") if order.mask else None
    prepared = await _prepare_all([Path(source.path) for source in sources], folder)
    sizes = [Size(*look(Path(source.path)).upright_size) for source in sources]
    mask, warnings = await to_thread.run_sync(_full_mask, order, sizes[0], mask_source, folder)
    parents = await to_thread.run_sync(_parents, room.library, job, sources, sizes)
    await to_thread.run_sync(_amend, room, job, sizes)
    for number, done in enumerate(prepared, start=1):
        if done.changes:
            warnings.append(f"Image {number} was {', '.join(done.changes)} before it was sent.")
    return Inputs(
        images=[_file(done) for done in prepared],
        mask=await to_thread.run_sync(_sent_mask, order, mask, prepared[0], folder) if mask else None,
        turns=await to_thread.run_sync(_turns, room.library, parents[0]),
        finishing=Finishing(
            parents=parents,
            original=Path(sources[0].path) if order.keep_outside else None,
            mask=mask if order.keep_outside else None,
            warnings=warnings,
        ),
        folder=folder,
    )


async def _fetched(room: Darkroom, source: Source, folder: Path, name: str) -> Source:
    """Return `source` with its file in place: downloads what is a URL, checks that the rest is there."""
    if source.kind == "url":
        path = folder / f"{name.replace(' ', '-')}.download"
        await fetch(source.url, path, max_bytes=INPUT_DOWNLOAD_MAX_BYTES, timeout_seconds=DOWNLOAD_SECONDS)
        kept, digest = await to_thread.run_sync(keep, path, room.home / "inputs")
        await to_thread.run_sync(lambda: path.unlink(missing_ok=True))
        return source.model_copy(update={"path": str(kept), "sha256": digest})
    if not await to_thread.run_sync(Path(source.path).is_file):
        if source.kind == "image":
            raise UnknownImageError(
                f"The file of {source.image_id} is not at {source.path!r} any more. Ask the user where it went, and "
                f"give its path. {NOTHING_SENT}"
            )
        raise InputRefusedError(f"The copy of {source.named!r} is gone. Give it once more. {NOTHING_SENT}")
    return source


async def _prepare_all(paths: Sequence[Path], folder: Path) -> list[Prepared]:
    shares = budgets([path.stat().st_size for path in paths])
    done: dict[int, Prepared] = {}
    limiter = anyio.CapacityLimiter(PREPARED_AT_ONCE)

    async def one(number: int, path: Path, share: int) -> None:
        done[number] = await to_thread.run_sync(prepare, path, folder, f"image-{number}", share, limiter=limiter)

    try:
        async with anyio.create_task_group() as tasks:
            for number, (path, share) in enumerate(zip(paths, shares, strict=True), start=1):
                tasks.start_soon(one, number, path, share)
    except* InputRefusedError as group:
        raise InputRefusedError(" ".join(dict.fromkeys(str(exc) for exc in group.exceptions))) from group
    return [done[number] for number in sorted(done)]


def _full_mask(order: Order, size: Size, source: Source | None, folder: Path) -> tuple[Path | None, list[str]]:
    """Make the mask at image 1's own size, and say what was changed; None if nothing limits the edit."""
    dest = folder / "mask.png"
    if order.regions:
        regions = read_regions([dict(region) for region in order.regions])
        if problems := region_problems(regions, size.width, size.height):
            raise ArgumentError([*problems, NOTHING_SENT])
        return mask_from_regions(regions, size.width, size.height, dest), []
    if source is None:
        return None, []
    bounds = [spec.mask.max_bytes for spec in MODELS.values() if spec.mask]
    path, changes = mask_from_picture(Path(source.path), size.width, size.height, dest, min(bounds))
    return path, [f"The mask was {', '.join(changes)}."] if changes else []


def _sent_mask(order: Order, mask: Path, image: Prepared, folder: Path) -> InputFile | None:
    """Return the mask as it is sent, of the size of the sent image 1; None for a model that takes none."""
    if all(MODELS[attempt.model].mask is None for attempt in order.attempts()):
        return None
    picture = look(mask)
    if (picture.width, picture.height) != (image.width, image.height):
        mask = resize_mask(mask, image.width, image.height, folder / "mask-sent.png")
    return _png(mask)


def _parents(library: Library, job: Job, sources: Sequence[Source], sizes: Sequence[Size]) -> list[Image]:
    """Return the library's rows of the inputs; what came from outside gets one, so that the family has a root."""
    return [
        library.image(source.image_id)
        if source.kind == "image"
        else library.of_content(source.sha256) or library.add_input(Path(source.path), source.sha256, job.job_id, size)
        for source, size in zip(sources, sizes, strict=True)
    ]


def _amend(room: Darkroom, job: Job, sizes: Sequence[Size]) -> None:
    """Plan once more with the sizes of the inputs, which decide the ordered size and the price of an edit."""
    order = job.order
    request = Request(
        operation="edit",
        prompt=order.prompt,
        count=order.count,
        deliver=order.deliver,
        inputs=sizes,
        input_count=len(sizes),
        multiplier=order.multiplier,
    )
    attempt = plan(order.attempt.model, order.settings, request)
    said = [text for text in order.attempt.warnings if text not in attempt.warnings]
    attempt = attempt.model_copy(update={"warnings": (*attempt.warnings, *said)})
    if attempt != order.attempt:
        room.journal.amend_order(job.job_id, order.model_copy(update={"attempt": attempt}))


def _turns(library: Library, image: Image) -> list[Turn]:
    """Return the conversation that led to `image`, oldest turn first, along its first parents."""
    turns: list[Turn] = []
    while image.prompt and len(turns) < MAX_TURNS:
        answer = f"![image]({image.source_url})" if image.source_url else f"[{image.image_id}]"
        turns.insert(0, Turn(prompt=image.prompt, answer=answer))
        if not image.derived_from:
            break
        image = library.image(image.derived_from[0])
    return turns


def _file(done: Prepared) -> InputFile:
    return InputFile(path=str(done.path), format=done.format, width=done.width, height=done.height, bytes=done.bytes)


def _png(path: Path) -> InputFile:
    picture = look(path)
    return InputFile(
        path=str(path), format="png", width=picture.width, height=picture.height, bytes=path.stat().st_size
    )
