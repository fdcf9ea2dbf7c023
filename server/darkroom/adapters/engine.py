"""The job engine: DBOS keeps the queue in our database, starts each job once and takes up what a crash cut off.

A front only enqueues. A worker listens to the one queue of its gateway and key.
"""

import hashlib
import hmac
import uuid
from collections.abc import Awaitable, Callable, Collection
from typing import Final

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer

WORKFLOW: Final = "render"

FORMAT_VERSION: Final = "1"
"""DBOS runs only workflows of its own version, so this is the version of what a job says, not of the program."""

POLL_SECONDS: Final = 0.05
"""How often a worker looks for new jobs; measured 2026-11-22: 30 to 220 ms from enqueue to start."""

SAFETY_POLL_SECONDS: Final = 0.25
"""The same where the worker is woken by what is written, and this is only the net below."""

MAX_RECOVERIES: Final = 1000
"""A job is never given up for having been interrupted often; the journal keeps it from being paid twice."""

_APPLICATION: Final = "darkroom"


def queue_name(secret: str, base_url: str, key: str) -> str:
    """Name the queue of one gateway and key, without giving the key away.

    The fingerprint is keyed by a secret of the database, so it cannot be compared with one made elsewhere.
    """
    digest = hmac.new(bytes.fromhex(secret), f"{base_url}\0{key}".encode(), hashlib.sha256)
    return f"gateway-{digest.hexdigest()[:24]}"


class Enqueuer:
    """Puts jobs on queues; starts no thread and runs no job."""

    def __init__(self, engine: sa.Engine) -> None:
        self._client = client(engine)

    def enqueue(self, connection: sa.Connection, queue: str, job_id: str) -> None:
        """Put a job on `queue` as a part of the transaction of `connection`."""
        self._client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": WORKFLOW,
                "queue_name": queue,
                "workflow_id": job_id,
                "app_version": FORMAT_VERSION,
            },
            job_id,
        )

    def enqueue_again(self, queue: str, job_id: str) -> None:
        """Run a job once more, to finish what its first run had to leave; done calls are not touched."""
        self._client.enqueue(
            {
                "workflow_name": WORKFLOW,
                "queue_name": queue,
                "workflow_id": f"{job_id}:{uuid.uuid4().hex[:8]}",
                "app_version": FORMAT_VERSION,
            },
            job_id,
        )


class Engine:
    """Runs the jobs of one queue in this process, on an event loop of its own."""

    def __init__(self, engine: sa.Engine, queue: str, executor: str, run: Callable[[str], Awaitable[None]]) -> None:
        self.executor = executor
        self._queue = queue
        self._client = client(engine)
        DBOS(
            config={
                "name": _APPLICATION,
                "system_database_engine": engine,
                "serializer": DBOSPortableJSONSerializer(),
                "executor_id": self.executor,
                "application_version": FORMAT_VERSION,
                "log_level": "ERROR",
                "use_listen_notify": False,
            }
        )

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_RECOVERIES)
        async def render(job_id: str) -> None:
            await run(job_id)

        self._render = render
        DBOS.listen_queues([queue])

    def launch(self, jobs_at_once: int, poll_seconds: float) -> None:
        """Begin to take jobs from the queue, at most `jobs_at_once` at a time."""
        # Registered before the launch: DBOS looks for new queues once a second only.
        self._client.register_queue(
            self._queue,
            worker_concurrency=jobs_at_once,
            polling_interval_sec=poll_seconds,
            on_conflict="always_update",
        )
        DBOS.launch()

    def take_over(self, living: Collection[str]) -> None:
        """Put what vanished workers left back on the queue; `living` are executors that still run."""
        left = DBOS.list_workflows(status="PENDING", queue_name=self._queue, load_input=False, load_output=False)
        for workflow in left:
            if workflow.executor_id != self.executor and workflow.executor_id not in living:
                DBOS.resume_workflow(workflow.workflow_id, queue_name=self._queue)

    def waiting_jobs(self) -> set[str]:
        """Ids of the jobs on this queue that wait in the engine, or that another worker runs."""
        found = DBOS.list_workflows(
            status=["ENQUEUED", "PENDING"], queue_name=self._queue, load_input=False, load_output=False
        )
        # What the engine takes for running here is not counted: only our own account of it is sure.
        return {
            workflow.workflow_id.partition(":")[0]
            for workflow in found
            if workflow.status == "ENQUEUED" or workflow.executor_id != self.executor
        }

    def stop(self, drain_seconds: int) -> None:
        """Take no new job, wait for those under way (also one taken a moment ago), and end."""
        DBOS.destroy(workflow_completion_timeout_sec=drain_seconds)


def client(engine: sa.Engine) -> DBOSClient:
    """Speak to the engine's tables; starts no thread and runs no job."""
    return DBOSClient(
        system_database_engine=engine,
        serializer=DBOSPortableJSONSerializer(),
        application_name=_APPLICATION,
        lazy=True,
    )
