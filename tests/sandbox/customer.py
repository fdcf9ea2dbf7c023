"""A customer of the sandbox with a key, and so a ledger, of its own."""

import io
from typing import Any

import httpx2
from PIL import Image

from darkroom.sandbox.server import Running

TIMEOUT_SECONDS = 20.0


class Customer:
    """Calls a running sandbox over HTTP and reads back what it was billed."""

    def __init__(self, sandbox: Running, http: httpx2.Client, label: str) -> None:
        self.sandbox = sandbox
        self.http = http
        self.label = label
        self.key = f"sk-test-{label}"

    def post(self, path: str, *, key: str | None = None, **content: Any) -> httpx2.Response:
        """POST to a path below /v1."""
        headers = {"authorization": f"Bearer {self.key if key is None else key}"}
        return self.http.post(self.sandbox.base_url + path, headers=headers, **content)

    def generate(self, prompt: str = "a fox", model: str = "gpt-image-2-all", **fields: Any) -> httpx2.Response:
        """Ask for a picture by JSON."""
        body = {"model": model, "prompt": prompt, **fields}
        return self.post("/images/generations", json=body)

    def edit(
        self, files: list[tuple[str, tuple[str, bytes, str]]], prompt: str = "bluer", **fields: Any
    ) -> httpx2.Response:
        """Ask for a change by multipart."""
        body = {"model": "gpt-image-2", "prompt": prompt, **fields}
        return self.post("/images/edits", data=body, files=files)

    def chat(self, content: Any, model: str = "gpt-image-2-all") -> httpx2.Response:
        """Ask on the chat endpoint."""
        body = {"model": model, "messages": [{"role": "user", "content": content}]}
        return self.post("/chat/completions", json=body)

    def calls(self) -> list[dict[str, Any]]:
        """Return this customer's part of the ledger, over HTTP."""
        return self.http.get(f"{self.sandbox.origin}/_sandbox/ledger", params={"key": self.label}).json()


def encoded(size: tuple[int, int] = (64, 48), mode: str = "RGB", kind: str = "PNG", color: Any = None) -> bytes:
    """Return a plain picture as a file's bytes."""
    out = io.BytesIO()
    Image.new(mode, size, color if color is not None else 90).save(out, kind)
    return out.getvalue()


def part(
    content: bytes, name: str = "image", filename: str = "in.png", content_type: str = "image/png"
) -> tuple[str, tuple[str, bytes, str]]:
    """Return one file of a multipart body."""
    return name, (filename, content, content_type)


def opened(content: bytes) -> Image.Image:
    """Return the decoded picture."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture
