"""The renderer: runs jobs in the worker. The only place that sends paid calls.

For each call it looks in the journal and goes on from there, so a run that was cut off can be repeated:
what was not sent is sent, what is out without an answer is in doubt and never sent again, what has an
answer is developed, and what has ended is left alone.
"""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

import anyio
from anyio import to_thread

from darkroom.adapters.gateway import Gateway, NoAnswerError
from darkroom.adapters.journal import Journal
from darkroom.adapters.spool import Spooled, adopt, check_room, find_part, find_spooled, spool_path
from darkroom.catalog.retries import JITTER, RETRY_AFTER_MAX_SECONDS
from darkroom.core.budget import budget_problem
from darkroom.core.cost import from_microdollars, microdollars
from darkroom.core.failure import Failure
from darkroom.core.job import CHARGE, FINAL, RESTING, Event, IllegalTransitionError, State
from darkroom.core.order import Attempt, Order
from darkroom.core.records import Call, Job
from darkroom.core.retry import needs_smaller_inputs, next_wait
from darkroom.errors import NOTHING_SENT, BudgetError, DarkroomError, DatabaseError
from darkroom.service.develop import develop
from darkroom.service.finish import Finishing
from darkroom.service.inputs import Inputs, prepare_inputs
from darkroom.service.placing import attempt_of
from darkroom.service.request import encode_request
from darkroom.service.surroundings import Darkroom
from darkroom.wire.answer import is_complete
from darkroom.wire.faults import Verdict, classify, transport_failure
from darkroom.wire.folding import fold
from darkroom.wire.message import WireRequest, WireResponse

DEVELOPED_AT_ONCE: Final = 3
"""Answers that are decoded and saved at the same time; measured 2026-11-22 with fifty that came together."""

MAX_MISHAPS: Final = 5
"""How often a call may break off by a mistake of ours before it is ended with what is known about it."""

LONGEST_BACK_OFF_SECONDS: Final = RETRY_AFTER_MAX_SECONDS * (1 + JITTER)
"""No retry waits for longer, also if the clock was set back meanwhile."""

log = logging.getLogger("darkroom.render")


class Renderer:
    """Runs the jobs of one worker, at most `concurrency` paid calls at a time."""

    def __init__(
        self,
        room: Darkroom,
        gateway: Callable[[], Gateway],
        *,
        executor: str,
        concurrency: int,
        living: Callable[[], Collection[str]],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._room = room
        self._make_gateway = gateway
        self._gateway: Gateway | None = None
        self._executor = executor
        self._sending = anyio.CapacityLimiter(concurrency)
        # More threads at once would only take turns, and keep the loop from its own.
        self._developing = anyio.CapacityLimiter(DEVELOPED_AT_ONCE)
        self._living = living
        self._jitter = jitter
        self._mishaps = Counter[str]()
        self._under_way: dict[str, anyio.Event] = {}
        self.leaving = False
        """Set when this worker is to end: what is out comes in, what was not sent is left to the next one."""
        self.busy_at = time.monotonic()
        """When a job was last brought on, by the monotonic clock; another go at a held picture does not count."""

    @property
    def active(self) -> frozenset[str]:
        """Ids of the jobs under way."""
        return frozenset(self._under_way)

    async def run(self, job_id: str) -> None:
        """Bring every call of a job to its end. What breaks off is logged, and left to a later run.

        If a run of this job is under way, this one waits for its end instead.
        """
        if (ended := self._under_way.get(job_id)) is not None:
            await ended.wait()
            return
        ended = self._under_way[job_id] = anyio.Event()
        try:
            job = await to_thread.run_sync(self._journal.job, job_id)
            if any(call.state not in RESTING for call in job.calls):
                self.busy_at = time.monotonic()
            await self._run(job)
            if any(call.state not in RESTING for call in job.calls):
                self.busy_at = time.monotonic()
        except DarkroomError as exc:
            log.warning("%s broke off: %s", job_id, exc)
        finally:
            del self._under_way[job_id]
            ended.set()

    async def _run(self, job: Job) -> None:
        if all(call.state in FINAL for call in job.calls):
            return
        try:
            inputs = await prepare_inputs(self._room, job)
        except DatabaseError:
            raise  # it says nothing about the inputs
        except DarkroomError as exc:
            inputs = exc
        job = await to_thread.run_sync(self._journal.job, job.job_id)
        async with anyio.create_task_group() as tasks:
            for call in job.calls:
                tasks.start_soon(self._guarded, job, call, inputs)

    async def _guarded(self, job: Job, call: Call, inputs: Inputs | DarkroomError) -> None:
        """Finish one call; a mistake in it must not cut the line of another one, which is paid for."""
        try:
            if isinstance(inputs, DarkroomError):
                await self._finish_without_inputs(job, call, inputs)
            else:
                await self._finish(job, call, inputs)
        except DatabaseError as exc:
            log.warning("%s broke off: %s", call.call_id, exc)
        except Exception:
            log.exception("%s broke off by a mistake", call.call_id)
            await self._mishap(call.call_id)

    async def _mishap(self, call_id: str) -> None:
        """Count a mistake of ours; after some, end the call with what is known about its money."""
        self._mishaps[call_id] += 1
        call = await to_thread.run_sync(self._journal.call, call_id)
        if self._mishaps[call_id] < MAX_MISHAPS or call.state in RESTING:
            return
        event = {State.PLANNED: Event.REFUSAL, State.SENT: Event.SILENCE}.get(call.state, Event.HOLD)
        message = (
            "A mistake in Darkroom itself keeps this call from being finished; its log file says more. "
            "What came from the gateway is kept in the spool. Report it; do not ask again before that."
        )
        failure = Failure(code="storage", message=message, charge=CHARGE[call.state])
        charged = Decimal(0) if event is Event.REFUSAL else None
        await self._advance(call, event, failure=failure, charged_usd=charged)

    @property
    def _journal(self) -> Journal:
        return self._room.journal

    async def _finish_without_inputs(self, job: Job, call: Call, exc: DarkroomError) -> None:
        """End a call whose inputs cannot be used: unsent it costs nothing, and an answer that came is still saved."""
        finishing = Finishing(warnings=(f"The inputs could not be read again, so this is the model's picture: {exc}",))
        while call.state not in FINAL:
            before = call.state
            if before is State.PLANNED:
                failure = Failure(code=exc.code, message=f"{exc}", charge="none")
                call = await self._advance(call, Event.REFUSAL, failure=failure, charged_usd=Decimal(0))
            elif call.state is State.SENT:
                call, _ = await self._recover(job, call, Inputs())
            else:
                call = await develop(self._room, job, call, finishing)
            if call.state in (State.HELD, before):
                return

    async def _finish(self, job: Job, call: Call, inputs: Inputs) -> None:
        """Bring one call to its end, from whatever state it is in."""
        while call.state not in FINAL:
            if call.state is State.PLANNED:
                call, inputs = await self._send(job, call, inputs)
                if self.leaving and call.state is State.PLANNED:
                    return
            elif call.state is State.SENT:
                if await self._is_out_elsewhere(call):
                    return
                call, inputs = await self._recover(job, call, inputs)
            else:
                call = await develop(self._room, job, call, inputs.finishing, self._developing)
            if call.state is State.HELD:
                return

    async def _is_out_elsewhere(self, call: Call) -> bool:
        """Whether another worker that lives sent this call, and so will have its answer."""
        if call.executor == self._executor:
            return False
        return call.executor in await to_thread.run_sync(self._living)

    async def _send(self, job: Job, call: Call, inputs: Inputs) -> tuple[Call, Inputs]:
        """Send a planned call once, unless this worker is to end; return it and the inputs that a further try takes."""
        if call.next_send_at is not None:
            await self._pause(call.next_send_at - time.time())
        async with self._sending:
            if self.leaving:
                return call, inputs
            attempt = attempt_of(job.order, call)
            call, request = await to_thread.run_sync(self._begin, job.order, call, attempt, inputs)
            if request is None:
                return call, inputs
            spool = spool_path(self._room.home, call.call_id, call.attempt)
            began = time.monotonic()
            try:
                spooled = await self._open_gateway().send(
                    request,
                    spool,
                    timeout_seconds=attempt.timeout_seconds,
                    on_first_byte=lambda: self._room.passed("first-byte"),
                )
            except OSError as exc:
                return await self._lose(call, exc), inputs
            except NoAnswerError as exc:
                seconds = exc.seconds or time.monotonic() - began
                verdict = transport_failure(
                    exc.kind, seconds=seconds, model=call.model, reason=exc.reason, secrets=self._room.secrets
                )
                return await self._fail(job, call, verdict, None, inputs)
        self._room.passed("spooled")
        return await self._judge(job, call, spooled, inputs)

    async def _pause(self, seconds: float) -> None:
        """Wait before a retry, in steps, so that a worker which is to end need not wait for it."""
        until = time.monotonic() + min(seconds, LONGEST_BACK_OFF_SECONDS)
        while not self.leaving and (left := until - time.monotonic()) > 0:  # noqa: ASYNC110 - another thread sets it
            await anyio.sleep(min(1.0, left))

    def _begin(self, order: Order, call: Call, attempt: Attempt, inputs: Inputs) -> tuple[Call, WireRequest | None]:
        """Write down that a call is sent, and return what is: nothing if it could not be kept, or was cancelled."""
        try:
            check_room(self._room.home)
        except OSError as exc:
            message = (
                f"The folder {str(self._room.home)!r} could not keep an answer ({exc.strerror or exc}), so none was "
                f"asked for. {NOTHING_SENT} Free space there, then ask again."
            )
            failure = Failure(code="storage", message=message, charge="none")
            return self._follow(call, Event.REFUSAL, failure=failure, charged_usd=Decimal(0)), None
        request = encode_request(order, attempt, inputs)
        changes = {
            "attempt": call.attempt + 1,
            "tries": call.tries + 1,
            "executor": self._executor,
            "sent_at": time.time(),
            "next_send_at": None,
        }
        # From this entry on the call may be billed; without it nothing leaves.
        try:
            return self._journal.advance(call.call_id, Event.SEND, changes=changes), request
        except IllegalTransitionError:
            return self._journal.call(call.call_id), None  # cancelled in the meantime

    async def _lose(self, call: Call, exc: OSError) -> Call:
        """End a call whose answer the disk would not take, though there was room when it was sent."""
        message = (
            f"The gateway answered, but the folder {str(self._room.home)!r} could not keep the answer "
            f"({exc.strerror or exc}). It was probably charged. Free space there before you ask again, which is "
            "charged again."
        )
        failure = Failure(code="storage", message=message, charge="possible")
        return await self._advance(call, Event.SILENCE, failure=failure)

    async def _judge(self, job: Job, call: Call, spooled: Spooled, inputs: Inputs) -> tuple[Call, Inputs]:
        """Read the status of a whole answer: develop it, or find out what its refusal means."""
        if 200 <= spooled.status < 300:
            return await self._advance(call, Event.ANSWER), inputs
        body = await to_thread.run_sync(spooled.body)
        response = WireResponse(status=spooled.status, headers=spooled.headers, body=body)
        verdict = classify(response, model=call.model, secrets=self._room.secrets)
        return await self._fail(job, call, verdict, spooled.headers.get("retry-after"), inputs)

    async def _fail(
        self, job: Job, call: Call, verdict: Verdict, retry_after: str | None, inputs: Inputs
    ) -> tuple[Call, Inputs]:
        """End a call without a picture, or send it again if that is certainly not a second charge."""
        failure = verdict.failure
        if failure.charge != "none":
            return await self._advance(call, Event.SILENCE, failure=failure), inputs
        wait = next_wait(verdict.retry, call.tries - 1, retry_after, self._jitter(), now=datetime.now(UTC))
        if wait is not None:
            wait *= self._room.time_scale
            note = f"try {call.tries} on {call.model} failed ({failure.code}); tried again after {wait:.0f} s"
            if needs_smaller_inputs(verdict.retry):
                inputs, smaller = await to_thread.run_sync(inputs.smaller)
                note = f"{note}{smaller}"
            changes = {"next_send_at": time.time() + wait, "note": _with(call.note, note)}
            return await self._advance(call, Event.RETRY, failure=failure, changes=changes, detail=note), inputs
        refused = ""
        if (following := _next_model(job, call, failure)) is not None:
            try:
                return await self._ask_instead(job, call, failure, following), inputs
            except BudgetError as exc:
                refused = f"{following.model} was not asked instead: {exc}".removesuffix(".")
        changes = {"note": _with(call.note, refused)}
        return await self._advance(
            call, Event.REFUSAL, failure=failure, charged_usd=Decimal(0), changes=changes
        ), inputs

    async def _ask_instead(self, job: Job, call: Call, failure: Failure, following: Attempt) -> Call:
        """Plan the call again for the next model of the order.

        Raises:
            BudgetError: If its price would pass a cap. Nothing changed.
        """
        order, reserved_usd = job.order, from_microdollars(call.reserved_microusd)
        note = f"{call.model} failed ({failure.code}, not charged); {following.model} was asked instead"
        changes = {
            "model": following.model,
            "tries": 0,
            "note": _with(call.note, note),
            "basis": following.basis,
            "reserved_microusd": 0 if order.sandbox else microdollars(following.high_usd),
            "failure_json": "",
        }

        def check(spent_usd: Decimal) -> str:
            return budget_problem(
                high_usd=following.high_usd,
                spent_usd=spent_usd - reserved_usd,
                budget_usd=order.budget_usd,
                max_call_usd=order.max_call_usd,
                count=1,
            )

        return await self._advance(
            call, Event.RETRY, changes=changes, detail=note, check=None if order.sandbox else check
        )

    async def _recover(self, job: Job, call: Call, inputs: Inputs) -> tuple[Call, Inputs]:
        """Settle a call that a vanished worker had sent: by its answer if that came, else in doubt."""
        spooled = await to_thread.run_sync(self._left_behind, call)
        if spooled is not None:
            return await self._judge(job, call, spooled, inputs)
        seconds = time.time() - (call.sent_at or time.time())
        verdict = transport_failure("interrupted", seconds=max(0.0, seconds), model=call.model)
        return await self._advance(call, Event.SILENCE, failure=verdict.failure), inputs

    def _left_behind(self, call: Call) -> Spooled | None:
        """Return the answer of a vanished worker; one whose end is missing counts if its JSON is whole."""
        if found := find_spooled(self._room.home, call.call_id, call.attempt):
            return found
        part = find_part(self._room.home, call.call_id, call.attempt)
        if part is None:
            return None
        return adopt(part, is_whole=lambda read_at: is_complete(fold(read_at)))

    async def _advance(self, call: Call, event: Event, **more: Any) -> Call:
        return await to_thread.run_sync(partial(self._follow, call, event, **more))

    def _follow(self, call: Call, event: Event, **more: Any) -> Call:
        """Let `event` happen and return the call then; as it is if it is no longer in a state for it, say cancelled."""
        try:
            return self._journal.advance(call.call_id, event, **more)
        except IllegalTransitionError:
            return self._journal.call(call.call_id)

    def _open_gateway(self) -> Gateway:
        if self._gateway is None:
            self._gateway = self._make_gateway()
        return self._gateway


def _next_model(job: Job, call: Call, failure: Failure) -> Attempt | None:
    """Return the fallback for a call that was certainly not charged, where another model could do better."""
    chain = job.order.attempts()
    here = next(index for index, attempt in enumerate(chain) if attempt.model == call.model)
    return chain[here + 1] if failure.another_model and here + 1 < len(chain) else None


def _with(notes: str, note: str) -> str:
    """Add a line to what is noted of a call."""
    return "\n".join(filter(None, (notes, note)))
