"""The matrix: every fault on every model in every way, through real worker processes."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import anyio

from darkroom.sandbox.options import Options
from darkroom.sandbox.server import Running
from faults.acts import ACTS, Act, play
from faults.hosts import Host, House, Told, calls_by_marker
from faults.judging import Line, judged, plate
from faults.table import KEYS, PLAIN, Fault, Outcome, Row, rows

GOOD_KEY: Final = "sk-test-matrix"


async def run_matrix(folder: Path) -> list[Line]:
    """Run every row once, below `folder`."""
    lines: list[Line] = []

    async def act_out(number: int, act: Act, fault: Fault) -> None:
        lines.extend(await play(folder / f"act-{number}", act, fault))

    with Running(Options(time_scale=0)) as sandbox:
        house = House(folder, sandbox.base_url)
        try:
            async with anyio.create_task_group() as tasks:
                for number, (act, fault) in enumerate(ACTS):
                    tasks.start_soon(act_out, number, act, fault)
                lines.extend(await _run(house, sandbox))
        finally:
            house.close()
    return lines


async def _run(house: House, sandbox: Running) -> list[Line]:
    asked: dict[str, Row] = {f"{number:03}": row for number, row in enumerate(rows(*PLAIN, *KEYS))}
    async with AsyncExitStack() as stack:
        hosts: dict[str, Host] = {}
        for key in dict.fromkeys(row.fault.key or GOOD_KEY for row in asked.values()):
            hosts[key] = await stack.enter_async_context(house.host(key))
        jobs: dict[str, str] = {}
        for marker, row in asked.items():
            jobs[marker] = await hosts[row.fault.key or GOOD_KEY].submit(row, marker)
        # Any front sees every job; a second one asks, as after a restart of the host.
        other = await stack.enter_async_context(house.host(GOOD_KEY))
        told = await other.ends(list(jobs.values()))
    calls = calls_by_marker(sandbox.calls(), plate)
    lines = [judged(row, told[jobs[marker]], calls.get(marker, [])) for marker, row in asked.items()]
    return [*lines, *_strays(house, told, calls, asked)]


def _strays(
    house: House, told: Mapping[str, Told], calls: Mapping[str, object], asked: Mapping[str, Row]
) -> list[Line]:
    """Look for files that nobody was told of, and for calls that nobody asked for."""
    failures = [failure for one in told.values() for failure in one.report.get("failures", [])]
    known = {path for one in told.values() for path in one.pictures}
    known |= {Path(failure["path"]) for failure in failures if "path" in failure}
    stray = [path for path in house.pictures.iterdir() if path not in known]
    unasked = [marker for marker in calls if marker not in asked]
    if not stray and not unasked:
        return []
    outcome = Outcome(posts=len(unasked), billed=0, saved=len(stray), code="stray", charge="none")
    return [Line(row=next(iter(asked.values())), outcome=outcome, problems=(f"strays: {stray} {unasked}",))]
