"""A picture made through a session, however long a busy machine takes, and a person to ask."""

from typing import Any, Protocol

from mcp.client import Client, ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, ErrorData

from desk import job_of, text_of


async def made(client: Client, prompt: str, **arguments: Any) -> tuple[CallToolResult, dict[str, Any]]:
    """Make pictures; return the result in the end and its job, which must have completed."""
    answer = await client.call_tool("generate_image", {"prompt": prompt, **arguments})
    return await seen_to_end(client, answer)


async def seen_to_end(client: Client, answer: CallToolResult) -> tuple[CallToolResult, dict[str, Any]]:
    """Wait for the job of a result; return the last result and the job, which must have completed."""
    while (job := job_of(answer))["status"] == "working":
        answer = await client.call_tool("wait_for_jobs", {"job_ids": [job["job_id"]]})
    assert job["status"] == "completed", text_of(answer)
    return answer, job


class Person(Protocol):
    """Whoever is asked."""

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        """Answer."""
        ...


class Asked:
    """A person who answers always the same, and remembers the questions."""

    def __init__(self, answer: ElicitResult | ErrorData) -> None:
        self.answer = answer
        self.questions: list[str] = []

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        """Answer."""
        del context
        self.questions.append(params.message)
        return self.answer
