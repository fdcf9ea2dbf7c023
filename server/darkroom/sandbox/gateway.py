"""The course of one call: read, judged, worked on, billed and answered, whether its client listens or not."""

import asyncio
import time
import uuid
from collections import Counter
from decimal import Decimal

import anyio
import anyio.to_thread
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import ModelSpec
from darkroom.sandbox import reading, triggers
from darkroom.sandbox.answers import answer
from darkroom.sandbox.call import Call, Endpoint
from darkroom.sandbox.cdn import PATH, Cdn
from darkroom.sandbox.checks import check, find_model
from darkroom.sandbox.delivery import Line, Reply
from darkroom.sandbox.keys import INVALID_KEY, profile_of
from darkroom.sandbox.latency import number, seconds_of_work
from darkroom.sandbox.ledger import Ledger
from darkroom.sandbox.making import Studio
from darkroom.sandbox.options import Options
from darkroom.sandbox.records import entry_of
from darkroom.sandbox.refusals import Refusal, RefusedError, invalid, new_request_id
from darkroom.sandbox.sizes import output_size


class ShutDownError(Exception):
    """The sandbox ends while a call is under way; the call ends without a word."""


class Gateway:
    """One running stand-in with its ledger, links and pictures."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.ledger = Ledger(options.ledger_path)
        self.cdn = Cdn()
        self._studio = Studio()
        self._seen: Counter[tuple[str, str, str]] = Counter()
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End every call under way, without an answer; called in the server's own loop."""
        self._closing.set()
        self.ledger.close()

    def reset(self) -> None:
        """Forget calls, links and counts."""
        self.ledger.reset()
        self.cdn.reset()
        self._studio.reset()
        self._seen.clear()

    async def serve(self, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one POST from its first byte to its last."""
        body = await _whole_body(receive)
        if body is None:
            return
        gone = anyio.Event()
        line = Line(scope, send, gone)
        async with anyio.create_task_group() as group:
            group.start_soon(_watch, receive, gone)
            try:
                await self._serve(self._arrived(endpoint, scope), body, Headers(scope=scope), line)
            except ShutDownError:
                line.abort()
            group.cancel_scope.cancel()

    def _arrived(self, endpoint: Endpoint, scope: Scope) -> Call:
        headers = Headers(scope=scope)
        scheme, _, key = headers.get("authorization", "").partition(" ")
        key = key.strip() if scheme.lower() == "bearer" else ""
        return Call(
            call_id=uuid.uuid4().hex,
            request_id=new_request_id(),
            endpoint=endpoint,
            key=key,
            label=profile_of(key).label,
            options=self.options,
            origin=f"{scope.get('scheme', 'http')}://{headers.get('host', '127.0.0.1')}",
        )

    async def _serve(self, call: Call, body: bytes, headers: Headers, line: Line) -> None:
        started = time.monotonic()
        problem = await self._read(call, body, headers)
        self.ledger.asked(call.call_id, entry_of(call))
        usd = Decimal(0)
        try:
            reply, usd = await self._work(call, self._judged(call, problem))
        except RefusedError as exc:
            reply = _reply(call, exc.refusal)
        self.ledger.ended(
            call.call_id,
            status=reply.status if reply is not None else None,
            billed=bool(usd),
            usd=str(usd),
            client_gone=line.gone,
            ignored=call.ignored,
            seconds=round(time.monotonic() - started, 3),
        )
        if reply is None:
            await line.close()
        elif not line.gone:
            await line.deliver(reply, call.triggers if usd else {})
            if line.gone:
                self.ledger.left(call.call_id)

    async def _read(self, call: Call, body: bytes, headers: Headers) -> RefusedError | None:
        """Take the body apart; return why it cannot be, so that the ledger has what could be read."""
        try:
            call.is_json = not headers.get("content-type", "").startswith("multipart/")
            if call.endpoint == "edits" and not call.is_json:
                call.fields, uploads = await reading.parse_form(body, headers)
                call.uploads = [await anyio.to_thread.run_sync(reading.looked_at, upload) for upload in uploads]
            else:
                call.fields = reading.parse_object(body)
            if call.endpoint == "chat":
                await anyio.to_thread.run_sync(reading.chat_turn, call, self._own_link)
            else:
                prompt: object = call.fields.get("prompt")
                call.prompt = prompt if isinstance(prompt, str) else ""
        except RefusedError as exc:
            return exc
        finally:
            call.triggers = triggers.read(call.prompt)
        return None

    def _judged(self, call: Call, problem: RefusedError | None) -> ModelSpec:
        """Return the model that will work on `call`.

        Raises:
            RefusedError: If the key, the model, the request or a trigger says no.
        """
        profile = profile_of(call.key)
        if not profile.known:
            raise RefusedError(INVALID_KEY)
        if problem is not None:
            raise problem
        try:
            call.options = self.options.switched(profile.switches).switched(triggers.switches(call.prompt))
        except ValueError as exc:
            raise invalid(str(exc), "prompt", "sandbox_switch") from exc
        spec = find_model(call)
        refusal = profile.refusal(spec)
        if refusal is not None:
            raise RefusedError(refusal)
        check(call, spec)
        return spec

    async def _work(self, call: Call, spec: ModelSpec) -> tuple[Reply | None, Decimal]:
        """Make the pictures; return the answer and its price. No answer: the connection is to be closed."""
        if "drop-before" in call.triggers:
            return None, Decimal(0)
        early = self._refusal(call, "before")
        if early is not None:
            raise RefusedError(early[0])
        size = output_size(call, spec)
        await self._pause(seconds_of_work(call, spec, size))
        late = self._refusal(call, "after")
        if late is not None and not late[1]:
            raise RefusedError(late[0])
        done = answer(call, spec, await self._studio.make(call, spec, size), self.cdn)
        if "slow-first-byte" in call.triggers:
            await self._pause(number(call.triggers["slow-first-byte"], 1.0))
        if late is not None:
            return _reply(call, late[0]), done.usd
        reply = Reply(status=200, body=done.body, headers=_headers(call), content_type=done.content_type)
        return reply, done.usd

    def _refusal(self, call: Call, stage: triggers.Stage) -> tuple[Refusal, bool] | None:
        """Return the refusal that a trigger asks for at `stage`, and whether it is billed all the same."""
        for name, argument in call.triggers.items():
            trigger = triggers.TRIGGERS[name]
            if trigger.stage != stage or trigger.refusal is None:
                continue
            seen = (call.label, call.prompt, name)
            self._seen[seen] += 1
            if trigger.times is None or self._seen[seen] <= trigger.times:
                return trigger.refusal(call.key if trigger.echoes_key else argument), trigger.billed
        return None

    async def _pause(self, seconds: float) -> None:
        """Wait, as the work would.

        Raises:
            ShutDownError: If the sandbox ends meanwhile.
        """
        if seconds > 0:
            with anyio.move_on_after(seconds):
                await self._closing.wait()
        if self._closing.is_set():
            raise ShutDownError

    def _own_link(self, link: str) -> bytes | None:
        kept = self.cdn.find(link.rpartition("/")[2]) if f"{PATH}/" in link else None
        return kept.content if kept else None


async def _whole_body(receive: Receive) -> bytes | None:
    """Read the request; None if the client left before it was all there. What is too much is not kept."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) < reading.MAX_BODY_BYTES:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _watch(receive: Receive, gone: anyio.Event) -> None:
    """Set `gone` when the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


def _reply(call: Call, refusal: Refusal) -> Reply:
    return Reply(
        status=refusal.status,
        body=refusal.body(call.request_id),
        headers=_headers(call) | refusal.headers,
        content_type=refusal.content_type,
    )


def _headers(call: Call) -> dict[str, str]:
    """Return the request id under the name that the model's line uses."""
    spec = MODELS.get(str(call.fields.get("model")))
    return dict.fromkeys(spec.request_id_headers if spec else ("x-oneapi-request-id",), call.request_id)
