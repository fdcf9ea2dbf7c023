"""How much memory the worker takes for large pictures, and the front for a look at one."""

import asyncio
from pathlib import Path

import psutil
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
        env = environment(folder / "shown", base_url)
        async with session(env) as client:
            await generate(client, 0, model={"gpt-image-2": {"size": "1024x1024"}})
            [front] = [child for child in psutil.Process().children() if "serve" in child.cmdline()]
            forget_peak(front)
            idle = front.memory_info().rss / 1024 / 1024
            await generate(client, 1)
            shown = peak_mb(front) - idle
        end_worker(env)
        plain = plain_script(base_url, folder)["peak_mb"]
    return [
        Row("memory: worker, one 25 MB picture", [peaks[1]], "MB", 40),
        Row("memory: worker, ten at once", [peaks[10]], "MB", 120),
        Row("memory: plain script, one", [plain], "MB"),
        Row("memory: front, the preview of one", [shown], "MB"),
        Row("memory: the least that its decoding needs", [3840 * 2160 * 3 / 1024 / 1024], "MB"),
    ]
