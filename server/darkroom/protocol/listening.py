"""Whoever listens hears what becomes of the pictures, whoever did it: this session, another host, the worker, a person.

Hosts of 2026-07-28 listen on a stream of their own (`subscriptions/listen`). Those of the handshake eras subscribe
(`resources/subscribe`), which a connection has to remember, so only stdio offers it: over HTTP any server may answer
any request. The library is looked at as long as somebody listens, and not otherwise.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence, Set
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated, ServerEvent
from mcp_types import (
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from darkroom.errors import DarkroomError
from darkroom.protocol import resources
from darkroom.protocol.refusing import missing, spoken
from darkroom.tools.boundary import LIBRARY_URI, Surroundings

LOOK_SECONDS: Final = 1.0
"""How often the library is looked at while somebody listens: one short query."""


class LibraryBus(InMemorySubscriptionBus):
    """Tells those who listen what changed in the library.

    A call that made pictures publishes so, which only makes the next look come at once: what is told, a look has seen,
    so that a change that several notice is told once.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__()
        self._surroundings = surroundings
        self._streamed: Counter[str] = Counter()
        """How many streams listen to each resource; every stream listens to the library."""
        self._subscribed: dict[str, ServerSession] = {}
        """What the one host on stdio subscribed to."""
        self._newest: tuple[str, ...] = ()
        self._there: frozenset[str] = frozenset()
        """Pictures somebody listens to that had not been deleted at the last look."""
        self._looking = anyio.Lock()
        self._woken = anyio.Event()

    def serve_streams(self, server: Server[Any]) -> None:
        """Have `server` look at the library for the streams of the newest era."""
        listen = ListenHandler(self)

        async def listened(
            ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
        ) -> SubscriptionsListenResult:
            async with self._streaming(params.notifications.resource_subscriptions or ()):
                return await listen(ctx, params)

        server.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, listened)

    def serve_subscriptions(self, server: Server[Any]) -> None:
        """Have `server`, which has one connection only, take the subscriptions of the handshake eras."""
        server.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        server.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)

    async def publish(self, event: ServerEvent) -> None:
        """Pass on what is not about resources; for those, look."""
        if isinstance(event, ResourcesListChanged | ResourceUpdated):
            self._woken.set()
        else:
            await super().publish(event)

    async def run(self) -> None:
        """Look at the library while somebody listens, and tell what changed; ends by being cancelled."""
        while True:
            with anyio.move_on_after(LOOK_SECONDS if self._wanted else None):
                await self._woken.wait()
            self._woken = anyio.Event()
            if self._wanted:
                with suppress(DarkroomError):  # whoever asks for something hears of it; a later look may find it well
                    for event in await self._changes():
                        await self._tell(event)

    @property
    def _wanted(self) -> Set[str]:
        """What anybody listens to."""
        return self._streamed.keys() | self._subscribed.keys()

    async def _subscribe(self, ctx: ServerRequestContext[Any, Any], params: SubscribeRequestParams) -> EmptyResult:
        with spoken():
            if not await resources.is_there(self._surroundings, params.uri):
                raise missing(params.uri, ctx.protocol_version)
            await self._begin([params.uri])
        self._subscribed[params.uri] = ctx.session
        self._woken.set()
        return EmptyResult()

    async def _unsubscribe(self, ctx: ServerRequestContext[Any, Any], params: UnsubscribeRequestParams) -> EmptyResult:
        """End a subscription; one that there is not has ended already, as that of a picture that was deleted may."""
        del ctx
        self._subscribed.pop(params.uri, None)
        return EmptyResult()

    @asynccontextmanager
    async def _streaming(self, uris: Sequence[str]) -> AsyncGenerator[None]:
        with spoken():
            await self._begin(uris)
        self._streamed.update([LIBRARY_URI, *uris])
        self._woken.set()
        try:
            yield
        finally:
            self._streamed.subtract([LIBRARY_URI, *uris])
            self._streamed += Counter()  # drops what nobody listens to any more

    async def _begin(self, uris: Sequence[str]) -> None:
        """Note how things stand before the caller is told that it listens, so that it misses nothing after."""
        async with self._looking:
            if not self._wanted:
                self._newest, self._there = await self._look(), frozenset()
            self._there |= await self._kept(_pictures(uris), self._newest)

    async def _changes(self) -> list[ServerEvent]:
        async with self._looking:
            newest = await self._look()
            before = self._there & _pictures(self._wanted)
            there = await self._kept(before, newest)
            events: list[ServerEvent] = [
                ResourceUpdated(uri=f"{LIBRARY_URI}/{image_id}") for image_id in sorted(before - there)
            ]
            if newest != self._newest:
                events += [ResourcesListChanged(), ResourceUpdated(uri=LIBRARY_URI)]
            self._newest, self._there = newest, there
        return events

    async def _look(self) -> tuple[str, ...]:
        return tuple(image.image_id for image in await resources.newest(self._surroundings, resources.RECENT))

    async def _kept(self, image_ids: frozenset[str], newest: Sequence[str]) -> frozenset[str]:
        """Return those of these pictures that have not been deleted."""
        rest = image_ids.difference(newest)
        return (image_ids - rest).union([one for one in rest if await resources.has_picture(self._surroundings, one)])

    async def _tell(self, event: ServerEvent) -> None:
        await super().publish(event)
        if isinstance(event, ResourceUpdated) and (session := self._subscribed.get(event.uri)):
            await session.send_resource_updated(event.uri)


def _pictures(uris: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(resources.image_id_of, uris)))
