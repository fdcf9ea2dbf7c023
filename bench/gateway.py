"""A gateway that costs nothing: answers every POST after a set time with the same picture, and keeps the times.

The sandbox draws; this one must not, so that what is measured is Darkroom and not the drawing.
Run as `python gateway.py SECONDS SIZE`; prints its port; GET /times returns the seconds of every call.
"""

import asyncio
import base64
import io
import json
import os
import sys
import time

from PIL import Image


def picture(kind: str) -> bytes:
    """Make the picture: `1024` a plain one, `noise` a 4K picture of noise of about 25 MB, as PNG."""
    out = io.BytesIO()
    if kind == "noise":
        Image.frombytes("RGB", (3840, 2160), os.urandom(3840 * 2160 * 3)).save(out, "PNG", compress_level=0)
    else:
        Image.effect_mandelbrot((1024, 1024), (-2, -1.5, 1, 1.5), 100).convert("RGB").save(out, "PNG")
    return out.getvalue()


class Gateway:
    """One answer for all."""

    def __init__(self, seconds: float, kind: str) -> None:
        body = {
            "created": 1,
            "data": [{"b64_json": base64.b64encode(picture(kind)).decode()}],
            "usage": {"input_tokens": 20, "output_tokens": 196, "total_tokens": 216},
        }
        self.body = json.dumps(body).encode()
        self.seconds = seconds
        self.times: list[float] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            began = time.perf_counter()
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
            )
            await reader.readexactly(length)
            if head.startswith(b"POST"):
                await asyncio.sleep(self.seconds)
                body = self.body
            else:
                body = json.dumps(self.times).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                + f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            await writer.drain()
            if head.startswith(b"POST"):
                self.times.append(time.perf_counter() - began)
        finally:
            writer.close()


async def main() -> None:
    """Serve until the parent ends the process."""
    gateway = Gateway(float(sys.argv[1]), sys.argv[2])
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0, backlog=1000, limit=1 << 26)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
