"""How long a host waits for the server's first answers, and which imports that time goes to."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from hosts import HERE, Row, environment

BARE = [sys.executable, str(HERE / "bare_server.py")]
OURS = [sys.executable, "-m", "darkroom", "serve"]

IMPORTS_SHOWN = 8


def spawn_to_list(command: list[str], env: dict[str, str]) -> tuple[float, float]:
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
    pairs = [(spawn_to_list(BARE, env), spawn_to_list(OURS, env)) for _ in range(15)][2:]
    return [
        Row("start: initialize, bare server", [bare[0] for bare, _ in pairs], "s"),
        Row("start: initialize, Darkroom", [ours[0] for _, ours in pairs], "s"),
        Row("start: initialize, ratio", [ours[0] / bare[0] for bare, ours in pairs], "x", 1.10),
        Row("start: tools/list, ratio", [ours[1] / bare[1] for bare, ours in pairs], "x", 1.10),
    ]


async def imports(folder: Path) -> list[Row]:
    """Time of the imports of `darkroom serve`, by the package whose own code runs; medians of five starts."""
    env = environment(folder, "http://127.0.0.1:9/v1")
    runs = [_import_seconds(env) for _ in range(5)]
    wholes = [sum(run.values()) for run in runs]
    names = [name for name, _ in sum(runs, Counter[str]()).most_common(IMPORTS_SHOWN)]
    rows = [Row(f"imports: {name}", [run[name] for run in runs], "s") for name in names]
    return [Row("imports: all", wholes, "s"), *rows]


def _import_seconds(env: dict[str, str]) -> Counter[str]:
    """Sum up `python -X importtime` of a server that ends for having no input."""
    command = [sys.executable, "-X", "importtime", *OURS[1:]]
    said = subprocess.run(command, input="", capture_output=True, text=True, env=env, timeout=60, check=True).stderr
    seconds: Counter[str] = Counter()
    for line in said.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and parts[0].strip().isdigit():
            package = parts[2].strip().partition(".")[0]
            known = "standard library" if package in sys.stdlib_module_names else package
            seconds[known] += int(parts[0]) / 1e6
    return seconds
