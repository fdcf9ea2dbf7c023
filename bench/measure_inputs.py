"""Whether a front still answers at once while large inputs are taken in and made ready for sending."""

import asyncio
import time
from pathlib import Path

from hosts import Row, end_worker, environment, gateway, percentile, session
from mcp.client import Client
from scenes import save_all

INPUTS = 16
SIZE = (2880, 2160)
"""Of which a photo takes about 10 MB as PNG."""

RUNS = 1
PAUSE_SECONDS = 0.02


async def uploads(folder: Path) -> list[Row]:
    """`list_sizes` on the front that takes 16 inputs of 10 MB, until the edit made of them is there."""
    paths = [str(path) for path in save_all(folder / "inputs", SIZE, INPUTS)]
    with gateway(0, "1024") as base_url:
        env = environment(folder, base_url)
        async with session(env) as client:
            await _edit(client, paths[:1], 0)
            quiet = await _asked_until(client, asyncio.create_task(asyncio.sleep(2)))
            asked: list[float] = []
            whole: list[float] = []
            for run in range(1, RUNS + 1):
                began = time.perf_counter()
                asked += await _asked_until(client, asyncio.create_task(_edit(client, paths, run)))
                whole.append(time.perf_counter() - began)
        end_worker(env)
    return [
        Row("uploads: list_sizes with nothing else to do, p99", [percentile(quiet, 99)], "s"),
        Row(
            f"uploads: list_sizes while {INPUTS} inputs of 10 MB are prepared, p99", [percentile(asked, 99)], "s", 0.05
        ),
        Row(f"uploads: an edit of {INPUTS} inputs of 10 MB, whole", whole, "s"),
    ]


async def _edit(client: Client, paths: list[str], number: int) -> None:
    arguments = {
        "prompt": f"benchmark {number}",
        "images": paths,
        "variation": number + 1,
        "model": {"gpt-image-2": {"size": "1024x1024", "quality": "low"}},
    }
    answer = await client.call_tool("edit_image", arguments)
    while answer.structured_content is not None and answer.structured_content["jobs"][0]["status"] == "working":
        job_ids = [answer.structured_content["jobs"][0]["job_id"]]
        answer = await client.call_tool("wait_for_jobs", {"job_ids": job_ids})
    assert answer.structured_content is not None, answer.content
    assert answer.structured_content["jobs"][0]["status"] == "completed", answer.content


async def _asked_until(client: Client, work: asyncio.Task[None]) -> list[float]:
    """Ask for sizes again and again until `work` is done; return how long each answer took."""
    seconds: list[float] = []
    while not work.done():
        began = time.perf_counter()
        await client.call_tool("list_sizes", {})
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE_SECONDS)
    await work
    return seconds
