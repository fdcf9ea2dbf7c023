"""Orders into encoded bytes: drawn in threads, each once, and kept for the next equal order."""

import asyncio
import os
from collections import OrderedDict
from typing import Final

import anyio
import anyio.to_thread

from darkroom.sandbox.drawing import draw
from darkroom.sandbox.encoding import encode
from darkroom.sandbox.orders import Order

CACHE_BYTES: Final = 128 * 1024 * 1024
"""Longest-unused pictures are forgotten above this."""


class Printer:
    """Draws and encodes; equal orders at the same time share one drawing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0
        self._drawing: dict[bytes, asyncio.Event] = {}
        self._limiter: anyio.CapacityLimiter | None = None

    async def print(self, order: Order) -> bytes:
        """Return the encoded picture of `order`."""
        digest = order.digest()
        while digest in self._drawing:
            await self._drawing[digest].wait()
        if digest in self._kept:
            self._kept.move_to_end(digest)
            return self._kept[digest]
        self._drawing[digest] = asyncio.Event()
        try:
            content = await anyio.to_thread.run_sync(_drawn, order, limiter=self._threads())
            self._keep(digest, content)
        finally:
            self._drawing.pop(digest).set()
        return content

    def _keep(self, digest: bytes, content: bytes) -> None:
        self._kept[digest] = content
        self._bytes += len(content)
        while self._bytes > CACHE_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1])

    def _threads(self) -> anyio.CapacityLimiter:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(max(2, os.cpu_count() or 2))
        return self._limiter


def _drawn(order: Order) -> bytes:
    return encode(draw(order), order)
