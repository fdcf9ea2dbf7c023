"""A desk to edit at: a session with the server, and what the gateway saw of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp.client import Client
from mcp_types import CallToolResult, TextContent

from darkroom.sandbox.server import Running


@dataclass
class Desk:
    """One session over a real worker and the sandbox."""

    client: Client
    sandbox: Running
    label: str
    folder: Path

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool."""
        return await self.client.call_tool(tool, arguments)

    async def job(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that makes pictures, wait for the end, and return its one job, which must have completed."""
        answer = await self.call(tool, **arguments)
        job = job_of(answer)
        while job["status"] == "working":
            answer = await self.call("wait_for_jobs", job_ids=[job["job_id"]])
            job = job_of(answer)
        assert job["status"] == "completed", text_of(answer)
        return job

    async def edited(self, **arguments: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Edit and return the picture's row and the call as the gateway saw it."""
        job = await self.job("edit_image", **arguments)
        return job["images"][0] | {"warnings": job.get("warnings", [])}, self.calls(arguments["prompt"])[-1]

    async def refused(self, **arguments: Any) -> str:
        """Edit something impossible; return the sentence, having checked that nothing was sent."""
        arguments = {"prompt": f"refused {arguments}"[:200]} | arguments
        before = len(self.sandbox.calls(self.label))
        answer = await self.call("edit_image", **arguments)
        assert answer.is_error, text_of(answer)
        assert len(self.sandbox.calls(self.label)) == before
        said = text_of(answer)
        assert "Nothing was" in said
        assert "Traceback" not in said
        return said

    def calls(self, words: str) -> list[dict[str, Any]]:
        """Return the gateway's record of the calls whose prompt holds `words`."""
        return [call for call in self.sandbox.calls(self.label) if words in str(call["prompt"])]


def job_of(answer: CallToolResult) -> dict[str, Any]:
    """Return the one job of a result."""
    assert answer.structured_content is not None, text_of(answer)
    assert "jobs" in answer.structured_content, text_of(answer)
    [job] = answer.structured_content["jobs"]
    return job


def text_of(answer: CallToolResult) -> str:
    """Return the text of a result."""
    return "\n".join(block.text for block in answer.content if isinstance(block, TextContent))
