"""A library of 100,000 pictures against one of 50, in turns: what is asked should cost the same in both."""

import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from filling import Filled, fill
from hosts import Row, end_worker, environment, gateway, generate, session
from mcp.client import Client
from measure_start import OURS, spawn_to_list

LARGE = 100_000
SMALL = 50
BOUND = 1.2
ROUNDS = 25
STARTS = 5
LISTINGS = 10


@dataclass(frozen=True)
class _Library:
    """A host with a filled library."""

    env: dict[str, str]
    filled: Filled


async def library(folder: Path) -> list[Row]:
    """Ratios of the times with a large and with a small library."""
    with gateway(0, "1024") as base_url:
        small, large = [await _made(folder, base_url, pictures) for pictures in (SMALL, LARGE)]
        rows = [*await _asked(small, large), *await _started(small, large)]
    return [*rows, _ratio("darkroom spend", [(_spend(small), _spend(large)) for _ in range(STARTS)])]


async def _made(folder: Path, base_url: str, pictures: int) -> _Library:
    """Make one picture, end the worker, and fill the library with copies of it."""
    env = environment(folder / str(pictures), base_url, DARKROOM_PREVIEW="none")
    async with session(env) as client:
        await generate(client, 0)
    end_worker(env)
    return _Library(env, fill(Path(env["DARKROOM_HOME"]), pictures))


async def _asked(small: _Library, large: _Library) -> list[Row]:
    """Measure what a session asks; first of all it starts the worker, which is not counted."""
    async with AsyncExitStack() as stack:
        clients = [(await stack.enter_async_context(session(made.env)), made.filled) for made in (small, large)]
        for client, _ in clients:
            await generate(client, 1)
        rows: list[Row] = []
        for name, ask in _QUESTIONS.items():
            pairs = [[await _seconds(ask, *client, number) for client in clients] for number in range(ROUNDS)]
            rows.append(_ratio(name, [(one, other) for one, other in pairs[5:]]))
    for made in (small, large):
        end_worker(made.env)
    return rows


_Question = Callable[[Client, Filled, int], Awaitable[object]]

_QUESTIONS: dict[str, _Question] = {
    "list_images": lambda client, _, __: client.call_tool("list_images", {"limit": 20}),
    "list_images, middle": lambda client, made, _: client.call_tool("list_images", {"before": made.middle}),
    "list_images, family": lambda client, made, _: client.call_tool("list_images", {"image_id": made.related}),
    "resources/read of a picture": lambda client, made, _: client.read_resource(f"darkroom://images/{made.alone}"),
    "resources/list": lambda client, _, __: client.list_resources(),
    "generate_image, worker warm": lambda client, _, number: generate(client, 100 + number),
}


async def _seconds(ask: _Question, client: Client, made: Filled, number: int) -> float:
    began = time.perf_counter()
    await ask(client, made, number)
    return time.perf_counter() - began


async def _started(small: _Library, large: _Library) -> list[Row]:
    """Measure the start of a server to its list of tools, and to its first picture by a cold worker."""
    listed = [(spawn_to_list(OURS, small.env)[1], spawn_to_list(OURS, large.env)[1]) for _ in range(LISTINGS)]
    made = [[await _first_picture(each, 1000 + number) for each in (small, large)] for number in range(STARTS)]
    return [
        _ratio("start to tools/list", listed[1:]),
        _ratio("start to the first picture, worker cold", [(one, other) for one, other in made]),
    ]


async def _first_picture(made: _Library, number: int) -> float:
    began = time.perf_counter()
    async with session(made.env) as client:
        await generate(client, number)
        seconds = time.perf_counter() - began
    end_worker(made.env)
    return seconds


def _spend(made: _Library) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "darkroom", "spend"], env=made.env, capture_output=True, check=True)
    return time.perf_counter() - began


def _ratio(name: str, pairs: list[tuple[float, float]]) -> Row:
    return Row(f"library: {name}, {LARGE} against {SMALL}", [large / small for small, large in pairs], "x", BOUND)
