"""Callers that hang up in the middle of a request: nobody is left to answer, and nothing of it is kept."""

import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("darkroom.web")


class Leaving:
    """Ends a request whose body breaks off with one line in the log, whoever was reading it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on until its caller has gone."""
        is_whole = False

        async def received() -> Message:
            nonlocal is_whole
            message = await receive()
            if message["type"] == "http.disconnect" and not is_whole:
                raise ClientDisconnect
            is_whole = is_whole or not message.get("more_body", False)
            return message

        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, received, send)
        except ClientDisconnect:
            where = f"{scope['method']} {scope['path'][:80]!r}"
            log.warning("%s broke off: its caller hung up in the midst of it. Nothing of it is kept.", where)
