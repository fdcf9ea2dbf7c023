"""What is measured, of every server by the same code. Each function returns figures by name, one value a run."""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import rs_bpe.bpe
from servers import Server
from sessions import Gateway, session

sys.path.insert(0, str(Path(__file__).parents[1]))
from hosts import HERE, forget_peak, peak_mb

ENCODING = rs_bpe.bpe.openai.o200k_base()
BARE = Server(
    name="bare server",
    version="1",
    registry="this tree",
    program=(sys.executable, str(HERE / "bare_server.py")),
    arguments={},
)
PICTURES = 3
SETTLE_SECONDS = 1.0
QUIET_SECONDS = 3.0
"""How long after the result the gateway is watched for another POST."""

Figures = dict[str, list[float]]


class UnmeasurableError(Exception):
    """The server did not do the work; the message says what was seen."""


def start(server: Server, command: Sequence[str], gateway: Gateway) -> Figures:
    """Measure seconds from spawn to `tools/list` answered, of a bare server and then of this one; and its tools."""
    bare, _ = _spawn_to_list(BARE, BARE.program, gateway)
    seconds, tools = _spawn_to_list(server, command, gateway)
    shown = [{key: tool[key] for key in ("name", "description", "inputSchema") if key in tool} for tool in tools]
    return {
        "start, s": [seconds],
        "start, bare server, s": [bare],
        "start, ratio": [seconds / bare],
        "tools": [len(tools)],
        "tools/list, tokens": [sum(_tokens(tool) for tool in shown)],
    }


def _spawn_to_list(server: Server, command: Sequence[str], gateway: Gateway) -> tuple[float, list[dict[str, Any]]]:
    with session(server, command, gateway.base_url) as opened:
        tools = opened.talk.ask("tools/list")[0]["tools"]
        return time.perf_counter() - opened.talk.began, tools


def _tokens(value: object) -> int:
    return len(ENCODING.encode(json.dumps(value, separators=(",", ":"), ensure_ascii=False)))


def picture(server: Server, command: Sequence[str], gateway: Gateway) -> Figures:
    """Measure own time, memory and result bytes of 25 MB pictures in one session, after a small one.

    Own time is from the call to its result, less the gateway's wait before its first byte: the transfer counts.
    Memory is that of the session's first large picture.
    """
    figures: Figures = {"own time, s": [], "own time without the transfer, s": [], "result, bytes": []}
    with session(server, command, gateway.base_url) as opened:
        gateway.answer_with("small")
        if not (made := opened.generate(0)).is_made:
            raise UnmeasurableError(f"no picture was made: {made.said[:200]}")
        time.sleep(SETTLE_SECONDS)
        idle = _begin_peaks(opened.processes())
        for number in range(1, PICTURES + 1):
            gateway.answer_with("large")
            made = opened.generate(number)
            seen = gateway.seen()
            if not made.is_made or not opened.has_saved_large() or seen["posts"] != 1:
                raise UnmeasurableError(f"no 25 MB picture was saved from one POST: {made.said[:200]}")
            if number == 1:
                figures |= _peaks(opened.processes(), idle)
            figures["own time, s"].append(made.seconds - seen["waited"][0])
            figures["own time without the transfer, s"].append(made.seconds - seen["sent"][0])
            figures["result, bytes"].append(made.result_bytes)
    return figures


def _begin_peaks(groups: Mapping[str, list[psutil.Process]]) -> dict[int, float]:
    """Count the peaks anew; return what each process holds, in MB."""
    held: dict[int, float] = {}
    for process in (process for group in groups.values() for process in group):
        forget_peak(process)
        held[process.pid] = process.memory_info().rss / 1024 / 1024
    return held


def _peaks(groups: Mapping[str, list[psutil.Process]], idle: Mapping[int, float]) -> Figures:
    """Return how far each group's processes went above what they held; a new process counts whole."""
    return {
        f"memory of {name}, MB": [sum(peak_mb(process) - idle.get(process.pid, 0) for process in group)]
        for name, group in groups.items()
    }


def drops(server: Server, command: Sequence[str], gateway: Gateway) -> Figures:
    """Count the POSTs of one call when every connection is dropped, before an answer and in the middle of it."""
    figures: Figures = {}
    for answer in ("unanswered", "midway"):
        with session(server, command, gateway.base_url) as opened:
            gateway.answer_with(answer)
            if opened.generate(0).is_made:
                raise UnmeasurableError("a picture was told of, although every connection was dropped")
            time.sleep(QUIET_SECONDS)
            figures[f"POSTs, {answer}"] = [gateway.seen()["posts"]]
    return figures


Measurement = Callable[[Server, Sequence[str], Gateway], Figures]

ROUNDS: Sequence[tuple[Measurement, int]] = ((start, 7), (picture, 4), (drops, 1))
"""In what order, and how many times each server is measured; the servers take turns."""
