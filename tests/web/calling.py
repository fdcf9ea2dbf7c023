"""MCP sessions over HTTP, and raw requests of the newest era."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from protocol.making import Person
from web.running import TOKEN

TASKS = "io.modelcontextprotocol/tasks"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@asynccontextmanager
async def session(
    url: str, mode: Literal["auto", "legacy"] = "auto", person: Person | None = None
) -> AsyncGenerator[Client]:
    """Open a session with the token, and somebody to ask if there is anybody."""
    async with (
        httpx2.AsyncClient(headers=BEARER, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode, elicitation_callback=person) as client,
    ):
        yield client


def request(
    method: str, params: dict[str, Any] | None = None, *, tasks: bool = False, **headers: str
) -> dict[str, Any]:
    """Return what a raw request of the newest era is sent with, for `httpx2.Client.post`."""
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"extensions": {TASKS: {}}} if tasks else {},
    }
    return {
        "json": {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**(params or {}), "_meta": meta}},
        "headers": {
            "Accept": "application/json, text/event-stream",
            "Mcp-Protocol-Version": "2026-07-28",
            "Mcp-Method": method,
            **headers,
        },
    }
