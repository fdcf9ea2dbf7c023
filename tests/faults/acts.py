"""Faults that no prompt can bring about: processes that end, hosts that hang up, a gateway that goes away."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import anyio

from darkroom.sandbox.options import Options
from darkroom.sandbox.server import Running
from faults.hosts import House, Report, arguments_of, calls_by_marker, tool_of
from faults.judging import Line, judged, money_problems, plate
from faults.speaker import GoneError, Speaker, speaking
from faults.table import NOTHING_SENT, SAVED, Fault, Outcome, Row, doubt, refused, rows

KEY: Final = "sk-test-acts"
WORK_SECONDS: Final = 3.0


class Scene:
    """One act's own gateway and home, with its rows."""

    def __init__(self, folder: Path, sandbox: Running, fault: Fault) -> None:
        self.sandbox = sandbox
        self.house = House(folder, sandbox.base_url)
        self.rows = {f"{number:02}": row for number, row in enumerate(rows(fault))}

    async def sent(self, *, billed: bool) -> None:
        """Wait until the gateway has every call (and has billed it)."""
        while True:
            calls = self.sandbox.calls()
            if len(calls) >= len(self.rows) and (not billed or all(call["billed"] for call in calls)):
                return
            await anyio.sleep(0.05)

    async def submitted(self) -> dict[str, str]:
        """Submit every row and hang up; return the jobs by marker."""
        async with self.house.host(KEY) as host:
            return {marker: await host.submit(row, marker) for marker, row in self.rows.items()}

    async def asked_again(self) -> dict[str, str]:
        """Ask for every row once more from another host; the same jobs come back."""
        return await self.submitted()

    async def told(self, jobs: dict[str, str]) -> list[Line]:
        """Wait for the end of every job and judge it."""
        async with self.house.host(KEY) as host:
            told = await host.ends(list(jobs.values()))
        calls = calls_by_marker(self.sandbox.calls(), plate)
        return [judged(row, told[jobs[marker]], calls.get(marker, [])) for marker, row in self.rows.items()]


async def the_gateway_goes_down(scene: Scene) -> list[Line]:
    """Every call hangs, then the gateway ends with its connections."""
    jobs = await scene.submitted()
    await scene.sent(billed=True)
    await anyio.to_thread.run_sync(scene.sandbox.stop)
    return await scene.told(jobs)


async def the_worker_is_killed(scene: Scene) -> list[Line]:
    """The worker dies while every call is out; a later host starts the next one."""
    jobs = await scene.submitted()
    await scene.sent(billed=False)
    scene.house.close()
    await scene.sent(billed=True)
    return await scene.told(jobs)


async def nobody_listens(scene: Scene) -> list[Line]:
    """The port is closed, so nothing ever leaves."""
    await anyio.to_thread.run_sync(scene.sandbox.stop)
    return await scene.told(await scene.submitted())


async def the_caller_gives_up(scene: Scene) -> list[Line]:
    """Each call of the tool is cancelled after a second, as by a host's time-out, and asked again elsewhere."""
    async with scene.house.host(KEY) as host, anyio.create_task_group() as tasks:
        for marker, row in scene.rows.items():
            tasks.start_soon(_asking, host.ask, row, marker)
        await scene.sent(billed=False)
        tasks.cancel_scope.cancel()
    return await scene.told(await scene.asked_again())


async def the_host_hangs_up(scene: Scene) -> list[Line]:
    """The host closes the server's stdin while its calls wait, and another one asks again."""
    return await _with_a_server(scene, kill=False)


async def the_front_is_killed(scene: Scene) -> list[Line]:
    """The server is killed while its calls wait, and another one is asked again."""
    return await _with_a_server(scene, kill=True)


async def no_key(scene: Scene) -> list[Line]:
    """A host without any key asks."""
    lines: list[Line] = []
    async with scene.house.host("") as host:
        for marker, row in scene.rows.items():
            error: Report = (await host.call(tool_of(row), **arguments_of(scene.house, row, marker)))[0]["error"]
            posts = len(scene.sandbox.calls())
            outcome = Outcome(posts=posts, billed=0, saved=0, code=error["code"], charge=error["charge"])
            problems = [*money_problems(outcome), *([] if outcome == row.fault.outcome else ["another outcome"])]
            lines.append(Line(row=row, outcome=outcome, problems=tuple(problems)))
    return lines


async def _with_a_server(scene: Scene, *, kill: bool) -> list[Line]:
    async with speaking(scene.house.environment(KEY)) as speaker, anyio.create_task_group() as tasks:
        for marker, row in scene.rows.items():
            tasks.start_soon(_calling, speaker, tool_of(row), arguments_of(scene.house, row, marker))
        await scene.sent(billed=False)
        if kill:
            speaker.kill()
        else:
            await speaker.hang_up()
        await speaker.process.wait()
    return await scene.told(await scene.asked_again())


async def _asking(ask: Callable[..., Awaitable[Report]], row: Row, marker: str) -> None:
    await ask(row, marker, wait_seconds=50)


async def _calling(speaker: Speaker, tool: str, arguments: dict[str, Any]) -> None:
    try:
        await speaker.call(tool, **arguments)
    except GoneError:
        return


Act = Callable[[Scene], Awaitable[list[Line]]]

_HANGS: Final = "[[hang]]"
_WORKS: Final = f"[[latency:{WORK_SECONDS}]]"

ACTS: Final[tuple[tuple[Act, Fault], ...]] = (
    (
        the_gateway_goes_down,
        Fault(name="hangs, then the gateway goes down", prompt=_HANGS, outcome=doubt("disconnected")),
    ),
    (the_worker_is_killed, Fault(name="hangs, worker killed", prompt=_HANGS, outcome=doubt("interrupted"))),
    (
        the_worker_is_killed,
        Fault(name="worker killed at work", prompt=_WORKS, outcome=doubt("interrupted")),
    ),
    (nobody_listens, Fault(name="nobody listens", outcome=refused("gateway", 0))),
    (the_caller_gives_up, Fault(name="caller gives up", prompt=_WORKS, outcome=SAVED)),
    (the_host_hangs_up, Fault(name="host closes stdin", prompt=_WORKS, outcome=SAVED)),
    (the_front_is_killed, Fault(name="front killed", prompt=_WORKS, outcome=SAVED)),
    (no_key, Fault(name="no key", outcome=NOTHING_SENT)),
)
"""Each act with what must come of it."""


async def play(folder: Path, act: Act, fault: Fault) -> list[Line]:
    """Play one act on all models below `folder`."""
    await anyio.Path(folder).mkdir()
    with Running(Options(time_scale=0)) as sandbox:
        scene = Scene(folder, sandbox, fault)
        try:
            with anyio.fail_after(120):
                return await act(scene)
        finally:
            scene.house.close()
