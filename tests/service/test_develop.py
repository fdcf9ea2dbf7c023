"""From an answer in the spool to a picture in its place: whole, once, and without being held in memory."""

import base64
import io
import json
import os
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from PIL import Image

from darkroom.adapters.database import open_database
from darkroom.adapters.journal import Journal
from darkroom.adapters.library import Library
from darkroom.adapters.processes import new_executor
from darkroom.adapters.spool import SpoolWriter, spool_path
from darkroom.core.job import Event, State
from darkroom.core.records import Call, Job
from darkroom.service.develop import develop
from darkroom.service.finish import Finishing
from darkroom.service.surroundings import Darkroom
from darkroom.wire.folding import BLOCK_BYTES
from orders import an_order, nowhere

pytestmark = pytest.mark.anyio


def noise(edge: int) -> bytes:
    """A PNG of noise, which no packing makes smaller."""
    stream = io.BytesIO()
    Image.frombytes("RGB", (edge, edge), os.urandom(edge * edge * 3)).save(stream, "PNG", compress_level=0)
    return stream.getvalue()


@dataclass
class Bench:
    """A worker's journal and spool with one call that was answered."""

    room: Darkroom
    job: Job
    call: Call

    async def develop(self) -> Call:
        """Develop the answer and return the call then."""
        return await develop(self.room, self.job, self.call, Finishing())

    def pictures(self) -> list[bytes]:
        """Read the pictures of the job, in their order."""
        return [Path(image.path).read_bytes() for image in self.room.journal.job(self.job.job_id).images]


def answered(folder: Path, body: bytes) -> Bench:
    home = folder / "home"
    journal = Journal(open_database(home, ""))
    job_id, _ = journal.submit(an_order(folder / "pictures"), "queue", "digest", lambda _: "", nowhere)
    [call] = journal.job(job_id).calls
    journal.advance(call.call_id, Event.SEND, changes={"attempt": 1, "executor": new_executor(home)})
    with SpoolWriter(spool_path(home, call.call_id, 1)) as writer:
        writer.begin(200, {})
        writer.write(body)
        writer.finish()
    call = journal.advance(call.call_id, Event.ANSWER)
    room = Darkroom(
        journal=journal,
        library=Library(journal.engine),
        home=home,
        gateway_url="http://127.0.0.1:9/v1",
        time_scale=1,
        secrets=(),
    )
    return Bench(room, journal.job(job_id), call)


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


async def test_a_large_picture_is_saved_whole_and_never_held_in_memory(tmp_path: Path) -> None:
    picture = noise(1800)
    bench = answered(tmp_path, json.dumps({"data": [{"b64_json": encoded(picture)}]}).encode())
    await bench.develop()  # imports what it needs
    bench = answered(tmp_path / "again", json.dumps({"data": [{"b64_json": encoded(picture)}]}).encode())
    tracemalloc.start()
    try:
        saved = await bench.develop()
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert saved.state is State.SAVED
    assert bench.pictures() == [picture]
    assert peak_bytes < len(picture) / 2


@pytest.mark.parametrize("edge", [8, 400], ids=["small", "large"])
async def test_a_picture_that_an_answer_holds_twice_is_saved_once(tmp_path: Path, edge: int) -> None:
    picture, other = noise(edge), noise(edge)
    text = f"![a](data:image/png;base64,{encoded(picture)})"
    body = {
        "data": [{"b64_json": encoded(picture)}, {"b64_json": encoded(other)}],
        "choices": [{"message": {"content": text}}],
    }
    bench = answered(tmp_path, json.dumps(body).encode())
    await bench.develop()
    assert bench.pictures() == [picture, other]


async def test_an_answer_that_is_the_picture_itself_is_saved(tmp_path: Path) -> None:
    picture = noise(400)
    bench = answered(tmp_path, picture)
    assert (await bench.develop()).state is State.SAVED
    assert bench.pictures() == [picture]


async def test_long_base64_outside_of_any_text_does_not_keep_the_picture_from_being_read(tmp_path: Path) -> None:
    picture = noise(8)
    body = f'{{"data": [{{"b64_json": "{encoded(picture)}"}}], "seed": {"1" * 300_000}}}'
    bench = answered(tmp_path, body.encode())
    assert (await bench.develop()).state is State.SAVED
    assert bench.pictures() == [picture]


async def test_what_is_no_base64_is_kept_although_it_is_no_picture(tmp_path: Path) -> None:
    text = "this is no picture!" * 30_000
    bench = answered(tmp_path, json.dumps({"data": [{"b64_json": text}]}).encode())
    spoiled = await bench.develop()
    assert spoiled.state is State.SPOILED
    assert spoiled.failure is not None
    assert await anyio.Path(spoiled.failure.path).read_text() == text.replace(" ", "")


@pytest.mark.parametrize("before_edge", range(0, 14, 2))
async def test_bare_base64_that_begins_at_the_edge_of_a_block_is_found(tmp_path: Path, before_edge: int) -> None:
    """Its first letters, by which it is told from words, may stand in another block than the rest."""
    picture = noise(300)
    head = '{"choices": [{"message": {"content": "'
    body = head.rjust(BLOCK_BYTES - before_edge) + encoded(picture) + '"}}]}'
    bench = answered(tmp_path, body.encode())
    assert (await bench.develop()).state is State.SAVED
    assert bench.pictures() == [picture]
