"""What Darkroom adds to the gateway's own time: for one picture, and for many at once."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

from hosts import HERE, Row, end_worker, environment, gateway, gateway_times, generate, percentile, session


async def own_time(folder: Path) -> list[Row]:
    """Tool call to result less the gateway's own time, worker warm; and what a cold worker adds."""
    rows: list[Row] = []
    for kind, title, bound, runs in (("1024", "1024x1024", 0.08, 20), ("noise", "25 MB PNG", 0.40, 7)):
        with gateway(0.3, kind) as base_url:
            env = environment(folder / kind, base_url)
            async with session(env) as client:
                cold = await generate(client, 0)
                warm = [await generate(client, number) for number in range(1, runs + 1)]
                times = gateway_times(base_url)
                own = [seconds - taken for seconds, taken in zip(warm, times[1:], strict=True)]
            end_worker(env)
        rows.append(Row(f"own time: {title}", own, "s", bound))
        if kind == "1024":
            rows.append(Row("own time: cold worker, more", [cold - times[0] - rows[0].median], "s", 1.5))
        else:
            with gateway(0.3, kind) as base_url:
                plain = [plain_script(base_url, folder)["seconds"] - 0.3 for _ in range(5)]
            rows.append(Row("own time: plain script, 25 MB PNG", plain, "s"))
    return rows


def plain_script(base_url: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, str(HERE / "plain_script.py"), base_url, str(folder / "plain.png")]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


async def crowd(folder: Path) -> list[Row]:
    """Fifty pictures at once against a gateway of 2 s; two hundred against one of 1 s, fifty at a time."""
    rows: list[Row] = []
    for seconds, jobs, ideal, bound, preview in (
        (2.0, 5, 2.0, 1.25, "small"),
        (2.0, 5, 2.0, 1.25, "none"),
        (1.0, 20, 4.0, 1.3, "small"),
        (1.0, 20, 4.0, 1.3, "none"),
    ):
        with gateway(seconds, "1024") as base_url:
            env = environment(folder / f"crowd-{jobs}-{preview}", base_url, DARKROOM_PREVIEW=preview)
            async with session(env) as client:
                await generate(client, 1000)
                ratios: list[float] = []
                asked: list[float] = []
                for run in range(5):
                    began = time.perf_counter()
                    work = [generate(client, run * 100 + number, count=10) for number in range(jobs)]
                    running = asyncio.gather(*work)
                    while not running.done():
                        at = time.perf_counter()
                        await client.call_tool("list_sizes", {})
                        asked.append(time.perf_counter() - at)
                        await asyncio.sleep(0.05)
                    await running
                    ratios.append((time.perf_counter() - began) / ideal)
            end_worker(env)
        without = ", without previews" if preview == "none" else ""
        name = f"crowd: {jobs * 10} pictures{without}"
        rows.append(Row(f"{name}, against the ideal {ideal:.0f} s", ratios, "x", bound))
        rows.append(Row(f"{name}: list_sizes meanwhile, p99", [percentile(asked, 99)], "s", 0.05))
    return rows
