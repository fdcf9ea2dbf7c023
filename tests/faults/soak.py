"""`make soak`: hundreds of jobs from four hosts while their fronts and the worker are killed at random.

At the end every job has an end, each was billed at most once, every answer that arrived is one picture on disk, and
whatever was billed without an answer is told as possibly charged. The seed is printed; the moments of the kills are
the machine's own, so a seed repeats the plan and not the run.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import anyio
import psutil
import sqlalchemy as sa

from darkroom.adapters.database import entries, jobs, open_database, reading
from darkroom.sandbox.options import Options
from darkroom.sandbox.server import Running
from faults.hosts import House, Told, arguments_of, calls_by_marker
from faults.judging import plate
from faults.speaker import GoneError, Speaker, speaking
from faults.table import SAVED, Fault, Row

KEY: Final = "sk-test-soak"
HOSTS: Final = 4
KILL_EVERY_SECONDS: Final = (0.5, 4.0)
FRONTS_SHARE: Final = 0.75
"""Of the kills, those that hit a front; the others hit the worker."""

WORK_SECONDS: Final = (0.1, 3.0)
TROUBLE: Final = ("", "", "", "", "", "", "[[503-once]]", "[[500-once]]", "[[drop-mid-body]]", "[[policy-output]]")
"""What happens to a call besides the kills; most often nothing."""


@dataclass(slots=True)
class Soak:
    """One run."""

    house: House
    sandbox: Running
    chance: random.Random
    seconds: float
    count: int
    jobs: dict[str, str] = field(default_factory=dict[str, str])
    """Job by marker."""
    speakers: dict[int, Speaker] = field(default_factory=dict[int, Speaker])
    kills: Counter[str] = field(default_factory=Counter[str])

    async def run(self) -> dict[str, Told]:
        """Submit and kill for the time given, then wait for every job's end."""
        plan = {f"{number:04}": self._row() for number in range(self.count)}
        async with anyio.create_task_group() as tasks:
            async with anyio.create_task_group() as hosts:
                tasks.start_soon(self._kill)
                for number in range(HOSTS):
                    hosts.start_soon(self._host, number, dict(list(plan.items())[number::HOSTS]))
            tasks.cancel_scope.cancel()
        async with self.house.host(KEY) as host:
            return await host.ends(list(self.jobs.values()), within_seconds=300)

    def _row(self) -> Row:
        prompt = f"[[latency:{self.chance.uniform(*WORK_SECONDS):.2f}]]{self.chance.choice(TROUBLE)}"
        model = self.chance.choice(("gpt-image-2", "gpt-image-2-all", "gpt-image-2-vip"))
        return Row(fault=Fault(name="soak", outcome=SAVED, prompt=prompt), model=model, way="generate")

    async def _host(self, number: int, plan: dict[str, Row]) -> None:
        """Submit one host's share, evenly over the time; a front that was killed is started again."""
        began, pace = time.monotonic(), self.seconds / max(1, len(plan))
        due = {marker: began + pace * index for index, marker in enumerate(plan)}
        while left := [marker for marker in plan if marker not in self.jobs]:
            try:
                async with speaking(self.house.environment(KEY, DARKROOM_CONCURRENCY="20")) as speaker:
                    self.speakers[number] = speaker
                    for marker in left:
                        await anyio.sleep(max(0.0, due[marker] - time.monotonic()))
                        arguments = arguments_of(self.house, plan[marker], marker)
                        report = await speaker.call("generate_image", **arguments, wait_seconds=0)
                        self.jobs[marker] = report["jobs"][0]["job_id"]
                    await self._linger()
            except* GoneError:
                self.speakers.pop(number, None)

    async def _linger(self) -> None:
        """Stay, as hosts do, while the others still ask."""
        while len(self.jobs) < self.count:  # noqa: ASYNC110 - the other hosts are other processes
            await anyio.sleep(0.1)

    async def _kill(self) -> None:
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            await anyio.sleep(self.chance.uniform(*KILL_EVERY_SECONDS))
            if self.chance.random() < FRONTS_SHARE and self.speakers:
                self.speakers[self.chance.choice(sorted(self.speakers))].kill()
                self.kills["front"] += 1
            else:
                for process in await anyio.to_thread.run_sync(self.house.workers):
                    try:
                        process.kill()
                        self.kills["worker"] += 1
                    except psutil.NoSuchProcess:
                        continue

    def problems(self, told: dict[str, Told]) -> list[str]:
        """Compare what was told with the gateway's account, the disk and the journal."""
        found: list[str] = []
        calls = calls_by_marker(self.sandbox.calls(), plate)
        for marker, job_id in self.jobs.items():
            billed = sum(bool(call["billed"]) for call in calls.get(marker, []))
            one = told[job_id]
            allowed = {("", 1, 1), ("interrupted", 0, 0), ("interrupted", 1, 0), ("disconnected", 1, 0)}
            state = (one.code, billed, len(one.pictures))
            if state not in allowed | {("content_policy", 0, 0), ("upstream", 0, 0), ("gateway", 0, 0)}:
                found.append(f"{marker} {job_id}: told, billed, saved {state}, {one.report}")
        files = [path for path in self.house.pictures.iterdir() if path.is_file()]
        pictures = sum(len(one.pictures) for one in told.values())
        if len(files) != pictures or len({path for one in told.values() for path in one.pictures}) != pictures:
            found.append(f"{pictures} pictures told, {len(files)} files")
        written, answered = self._written()
        if written != self.count or len(set(self.jobs.values())) != self.count:
            found.append(f"{written} jobs written down for {self.count} requests")
        if answered != pictures:
            found.append(f"{answered} answers arrived, {pictures} pictures")
        return found

    def _written(self) -> tuple[int, int]:
        """Jobs in the database, and calls whose answer is in the journal."""
        engine = open_database(self.house.home, "")
        try:
            with reading(engine) as connection:
                written = connection.execute(sa.select(sa.func.count()).select_from(jobs)).scalar_one()
                answered = sa.select(sa.func.count(sa.distinct(entries.c.call_id))).where(entries.c.event == "answer")
                return written, connection.execute(answered).scalar_one()
        finally:
            engine.dispose()

    def figures(self, told: dict[str, Told]) -> dict[str, Any]:
        """Return the numbers of the run."""
        calls = self.sandbox.calls()
        return {
            "jobs": len(self.jobs),
            "killed": dict(self.kills),
            "posts": len(calls),
            "billed": sum(bool(call["billed"]) for call in calls),
            "billed, client gone": sum(bool(call["billed"] and call["client_gone"]) for call in calls),
            "pictures": sum(len(one.pictures) for one in told.values()),
            "ends": dict(Counter(one.code or "completed" for one in told.values())),
            "charges": dict(Counter(one.charge for one in told.values())),
        }


async def soak(folder: Path, seed: int, seconds: float, count: int) -> tuple[dict[str, Any], list[str]]:
    """Run once below `folder`; return the figures, and what is wrong."""
    with Running(Options(time_scale=0)) as sandbox:
        run = Soak(House(folder, sandbox.base_url), sandbox, random.Random(seed), seconds, count)  # noqa: S311 - a plan
        try:
            told = await run.run()
            return run.figures(told), run.problems(told)
        finally:
            run.house.close()


def main() -> int:
    """Run and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 - printed below
    asked = parser.parse_args()
    print(f"seed {asked.seed}, {asked.jobs} jobs in {asked.seconds:g} s", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="darkroom-soak-") as folder:
        figures, problems = anyio.run(soak, Path(folder), asked.seed, asked.seconds, asked.jobs)
    for name, value in figures.items():
        print(f"{name}: {value}")
    print(*problems, sep="\n")
    print(f"{time.monotonic() - began:.0f} s, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
