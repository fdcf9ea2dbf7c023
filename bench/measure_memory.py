"""How much memory the worker takes for large pictures."""

import asyncio
from pathlib import Path

from hosts import Row, end_worker, environment, forget_peak, gateway, generate, peak_mb, session, worker_of
from measure_own import plain_script


async def memory(folder: Path) -> list[Row]:
    """Peak of the worker above its idle with one 25 MB picture and with ten at once, without previews."""
    with gateway(0.5, "noise") as base_url:
        env = environment(folder, base_url, DARKROOM_PREVIEW="none")
        async with session(env) as client:
            await generate(client, 0)
            worker = worker_of(env)
            peaks: dict[int, float] = {}
            for count in (1, 10):
                await asyncio.sleep(1)
                forget_peak(worker)
                idle = worker.memory_info().rss / 1024 / 1024
                await generate(client, count, count=count)
                peaks[count] = peak_mb(worker) - idle
        end_worker(env)
        plain = plain_script(base_url, folder)["peak_mb"]
    return [
        Row("memory: worker, one 25 MB picture", [peaks[1]], "MB", 40),
        Row("memory: worker, ten at once", [peaks[10]], "MB", 120),
        Row("memory: plain script, one", [plain], "MB"),
    ]
