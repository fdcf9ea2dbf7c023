"""A front and a renderer in this process, for what real processes cannot be asked: the clock, chance, the journal."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from PIL import Image
from pydantic import SecretStr

from darkroom.adapters.database import entries, open_database, reading
from darkroom.adapters.gateway import Gateway
from darkroom.adapters.journal import Journal
from darkroom.adapters.library import Library
from darkroom.core.budget import budget_problem
from darkroom.core.check import check_arguments
from darkroom.core.order import Order
from darkroom.core.records import Job
from darkroom.core.report import Report, job_report
from darkroom.sandbox.server import Running
from darkroom.service.intake import Intake, take_in
from darkroom.service.orders import EditInputs, build_order
from darkroom.service.render import Renderer
from darkroom.service.surroundings import Darkroom
from darkroom.settings import Settings, read_settings

QUEUE: Final = "gateway-of-the-workbench"


class Workbench:
    """One home; jobs are submitted and run by hand."""

    def __init__(self, sandbox: Running, environment: Mapping[str, str], clock: Callable[[], float]) -> None:
        self.settings: Settings = read_settings(environment)
        self.sandbox = sandbox
        self.engine: sa.Engine = open_database(self.settings.home, "")
        self.journal = Journal(self.engine, clock=clock)
        key = self.settings.api_key.get_secret_value()
        self._label = key.removeprefix("sk-test-")
        self.gateway = Gateway(self.settings.base_url, SecretStr(key))
        room = Darkroom(
            journal=self.journal,
            library=Library(self.engine),
            home=self.settings.home,
            gateway_url=self.settings.base_url,
            time_scale=self.settings.time_scale,
            secrets=(key,),
        )
        self.renderer = Renderer(
            room,
            lambda: self.gateway,
            executor="workbench",
            concurrency=5,
            living=lambda: (),
            jitter=lambda: 0.0,
        )

    def order(self, **arguments: Any) -> Order:
        """Build an order as a tool does; with `images` it is an edit."""
        tool = "edit_image" if "images" in arguments else "generate_image"
        asked = {"prompt": "a stone", **arguments}
        checked = check_arguments(tool, asked, default_model=self.settings.model)
        intake = Intake(home=self.settings.home, input_dirs=self.settings.input_dirs, library={})
        inputs = take_in(intake, checked) if "images" in checked else EditInputs()
        operation = "edit" if "images" in checked else "generate"
        return build_order(self.settings, operation, checked, project_folder=None, inputs=inputs)

    def submit(self, **arguments: Any) -> str:
        """Write down a job with the caps of the settings; return its id.

        Raises:
            BudgetError: If a cap would be passed.
        """
        order = self.order(**arguments)

        def check(spent_usd: Decimal) -> str:
            return budget_problem(
                high_usd=order.attempt.high_usd,
                spent_usd=spent_usd,
                budget_usd=self.settings.budget_usd,
                max_call_usd=self.settings.max_call_usd,
                count=order.count,
            )

        return self.journal.submit(order, QUEUE, order.digest(QUEUE), check, _enqueue_nowhere)[0]

    async def make(self, **arguments: Any) -> Job:
        """Submit a job and run it to its end."""
        job_id = self.submit(**arguments)
        await self.renderer.run(job_id)
        return self.journal.job(job_id)

    async def report(self, **arguments: Any) -> Report:
        """Submit a job, run it to its end, and return what its caller reads."""
        return job_report(await self.make(**arguments), time.time())

    def written(self, job: Job) -> list[tuple[str, str, float]]:
        """Return the journal of a job's first call: event, detail and time of each entry."""
        query = sa.select(entries).where(entries.c.call_id == job.calls[0].call_id).order_by(entries.c.entry_id)
        with reading(self.engine) as connection:
            return [(row.event, row.detail, row.at) for row in connection.execute(query)]

    def posts(self) -> list[dict[str, Any]]:
        """Return what the gateway saw of this bench's key."""
        return self.sandbox.calls(self._label)

    def example(self, size: tuple[int, int] = (640, 640)) -> str:
        """Return the path of a picture to edit."""
        path = self.settings.home.parent / f"example-{size[0]}x{size[1]}.png"
        if not path.exists():
            Image.effect_noise(size, 90).convert("RGB").save(path)
        return str(path)

    @property
    def pictures(self) -> list[Path]:
        """Return every file in the folder of the pictures."""
        folder = self.settings.output_dir
        return sorted(folder.iterdir()) if folder.exists() else []


def _enqueue_nowhere(_connection: sa.Connection, _queue: str, _job_id: str) -> None:
    """Leave it to the test to run the job."""


@asynccontextmanager
async def workbench(
    sandbox: Running, environment: Mapping[str, str], *, clock: Callable[[], float] = time.time, **changes: str
) -> AsyncGenerator[Workbench]:
    """Open a workbench in `environment`, changed by `changes`."""
    bench = Workbench(sandbox, {**environment, **changes}, clock)
    try:
        yield bench
    finally:
        await bench.gateway.close()
        bench.engine.dispose()
