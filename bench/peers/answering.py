"""A gateway whose answer can be changed while it runs, and which counts what it was asked.

`GET /answer/NAME` sets what every POST gets from then on, and begins the count anew:
`small` and `large` are pictures (the large one is of 25 MB); `unanswered` closes the connection once the request is in;
`midway` closes it after half of the answer. `GET /seen` returns the count. Run as `python answering.py SECONDS`.
"""

import asyncio
import base64
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from gateway import picture

MODELS = {"object": "list", "data": [{"id": "gpt-image-2", "object": "model", "created": 1, "owned_by": "bench"}]}


def answer_with(kind: str) -> bytes:
    """Return the whole body that holds a picture."""
    body = {
        "created": 1,
        "data": [{"b64_json": base64.b64encode(picture(kind)).decode()}],
        "usage": {"input_tokens": 20, "output_tokens": 196, "total_tokens": 216},
    }
    return json.dumps(body).encode()


class Gateway:
    """One answer for all, until it is changed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.bodies = {"small": answer_with("1024"), "large": answer_with("noise")}
        self.change("small")

    def change(self, name: str) -> None:
        """Answer otherwise from now on, and count anew."""
        self.name = name
        self.posts = 0
        self.waited: list[float] = []
        self.sent: list[float] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the request of one connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.lower().split("\r\n")
            length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
            await reader.readexactly(length)
            method, path = head.split(" ")[:2]
            if method == "POST":
                await self._answer_post(writer)
            else:
                await _write(writer, json.dumps(self._answer_get(path)).encode())
        finally:
            writer.close()

    def _answer_get(self, path: str) -> object:
        if path.startswith("/answer/"):
            self.change(path.removeprefix("/answer/"))
        if path == "/v1/models":
            return MODELS
        return {"posts": self.posts, "waited": self.waited, "sent": self.sent}

    async def _answer_post(self, writer: asyncio.StreamWriter) -> None:
        began = time.perf_counter()
        self.posts += 1
        await asyncio.sleep(self.seconds)
        self.waited.append(time.perf_counter() - began)
        if self.name == "midway":
            body = self.bodies["small"]
            await _write(writer, body[: len(body) // 2], len(body))
        elif self.name != "unanswered":
            await _write(writer, self.bodies[self.name])
        self.sent.append(time.perf_counter() - began)


async def _write(writer: asyncio.StreamWriter, body: bytes, length: int | None = None) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        + f"Content-Length: {len(body) if length is None else length}\r\n\r\n".encode()
        + body
    )
    await writer.drain()


async def main() -> None:
    """Serve until the parent ends the process."""
    gateway = Gateway(float(sys.argv[1]))
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0, limit=1 << 26)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
