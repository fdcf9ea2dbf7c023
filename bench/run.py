"""`make bench`: measure what Darkroom adds, and print it beside its bounds as a table and as JSON.

Ratios are measured side by side in one run, since absolute times drift on shared machines.
`python bench/run.py [NAME …] [--json FILE]` runs only some.
"""

import argparse
import asyncio
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rs_bpe.bpe
from hosts import (
    HERE,
    Row,
    end_worker,
    environment,
    forget_peak,
    gateway,
    gateway_times,
    generate,
    peak_mb,
    session,
    worker_of,
)
from rich.console import Console
from rich.table import Table

ENCODING = rs_bpe.bpe.openai.o200k_base()


def tokens(value: object) -> int:
    """Count o200k tokens of a text, or of a value as compact JSON."""
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(ENCODING.encode(text))


def _spawn_to_list(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Return the seconds from spawn to `initialize` answered, and to `tools/list` answered."""
    messages = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "bench", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(messages[0]) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    initialized = time.perf_counter() - began
    process.stdin.write("".join(json.dumps(message) + "\n" for message in messages[1:]))
    process.stdin.flush()
    process.stdout.readline()
    listed = time.perf_counter() - began
    process.stdin.close()
    process.wait(20)
    return initialized, listed


async def start(folder: Path) -> list[Row]:
    """Spawn to `initialize` and to `tools/list`, against a bare server on the same SDK, in turns."""
    env = environment(folder, "http://127.0.0.1:9/v1")
    bare = [sys.executable, str(HERE / "bare_server.py")]
    ours = [sys.executable, "-m", "darkroom", "serve"]
    pairs = [(_spawn_to_list(bare, env), _spawn_to_list(ours, env)) for _ in range(15)][2:]
    return [
        Row("start: initialize, bare server", [bare[0] for bare, _ in pairs], "s"),
        Row("start: initialize, Darkroom", [ours[0] for _, ours in pairs], "s"),
        Row("start: initialize, ratio", [ours[0] / bare[0] for bare, ours in pairs], "x", 1.10),
        Row("start: tools/list, ratio", [ours[1] / bare[1] for bare, ours in pairs], "x", 1.10),
    ]


async def context(folder: Path) -> list[Row]:
    """Tokens that Darkroom puts into a model's context."""
    with gateway(0, "1024") as base_url:
        env = environment(folder, base_url)
        async with session(env) as client:
            listed = (await client.list_tools()).model_dump(by_alias=True, exclude_none=True)["tools"]
            shown = [{key: tool[key] for key in ("name", "description", "inputSchema")} for tool in listed]
            answer = await client.call_tool("generate_image", {"prompt": "a red fox in snow", "model": "gpt-image-2"})
            for number in range(20):
                await generate(client, number)
            images = await client.call_tool("list_images", {"limit": 20})
        end_worker(env)
    return [
        Row("context: tools/list", [sum(tokens(tool) for tool in shown)], "tokens", 3000),
        Row("context: finished result, text", [tokens(answer.content[0].text)], "tokens", 350),
        Row("context: finished result, structure", [tokens(answer.structured_content)], "tokens", 350),
        Row("context: list_images of 20", [tokens(images.structured_content)], "tokens", 2000),
    ]


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
                plain = [_plain(base_url, folder)["seconds"] - 0.3 for _ in range(5)]
            rows.append(Row("own time: plain script, 25 MB PNG", plain, "s"))
    return rows


def _plain(base_url: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, str(HERE / "plain_script.py"), base_url, str(folder / "plain.png")]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


async def crowd(folder: Path) -> list[Row]:
    """Fifty pictures at once against a gateway of 2 s; two hundred against one of 1 s, fifty at a time."""
    rows: list[Row] = []
    for seconds, jobs, ideal, bound in ((2.0, 5, 2.0, 1.25), (1.0, 20, 4.0, 1.3)):
        with gateway(seconds, "1024") as base_url:
            env = environment(folder / f"crowd-{jobs}", base_url)
            async with session(env) as client:
                await generate(client, 1000)
                ratios: list[float] = []
                asked: list[float] = []
                for run in range(3):
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
        rows.append(Row(f"crowd: {jobs * 10} pictures, against the ideal {ideal:.0f} s", ratios, "x", bound))
        asked.sort()
        rows.append(Row("crowd: list_sizes meanwhile, p99", [asked[int(len(asked) * 0.99)]], "s", 0.05))
    return rows


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
        plain = _plain(base_url, folder)["peak_mb"]
    return [
        Row("memory: worker, one 25 MB picture", [peaks[1]], "MB", 40),
        Row("memory: worker, ten at once", [peaks[10]], "MB", 120),
        Row("memory: plain script, one", [plain], "MB"),
    ]


MEASUREMENTS: dict[str, Callable[[Path], Awaitable[list[Row]]]] = {
    "start": start,
    "context": context,
    "own": own_time,
    "crowd": crowd,
    "memory": memory,
}


def report(rows: list[Row], file: Path | None) -> None:
    """Print the table and write the JSON."""
    table = Table(title="Darkroom: what it adds")
    for column in ("measurement", "median", "min", "max", "runs", "bound", ""):
        table.add_column(column, justify="left" if column == "measurement" else "right")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.median:.3f} {row.unit}",
            f"{min(row.values):.3f}",
            f"{max(row.values):.3f}",
            str(len(row.values)),
            "" if row.bound is None else f"{row.bound:g}",
            row.verdict,
        )
    Console(width=110).print(table)
    packages = ("darkroom-mcp", "mcp", "dbos", "httpx2", "pydantic", "pillow", "sqlalchemy")
    versions: dict[str, Any] = {name: version(name) for name in packages}
    figures = [
        {"name": r.name, "unit": r.unit, "median": r.median, "values": list(r.values), "bound": r.bound} for r in rows
    ]
    answer = {"python": platform.python_version(), "versions": versions, "figures": figures}
    if file is not None:
        file.write_text(json.dumps(answer, indent=1))
    else:
        print(json.dumps(answer))


async def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(MEASUREMENTS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.names or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
            rows += await MEASUREMENTS[name](Path(folder))
    report(rows, options.json)


if __name__ == "__main__":
    asyncio.run(main())
