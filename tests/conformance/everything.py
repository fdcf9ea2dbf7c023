"""Darkroom's own server, behind its own checks, with the tools, resources and prompts that the suite asks for mounted.

What is not a fixture is answered by Darkroom, so that the scenarios meet the real lists, reads and refusals.
"""

import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp_types import GetPromptResult, InputRequiredResult, Prompt, Resource, ResourceTemplate, Tool
from pydantic import AnyUrl
from starlette.types import ASGIApp

from conformance import everything_questions, everything_tools
from conformance.everything_tools import PNG, RICH_SCHEMA, embedded, picture
from darkroom.protocol.server import DarkroomServer
from darkroom.service.front import Front
from darkroom.settings import Settings
from darkroom.tools.boundary import Surroundings
from darkroom.web.access import Address
from darkroom.web.application import guarded
from darkroom.web.bearer import Token
from darkroom.web.vault import Vault

RESOURCES: Final = {
    "test://static-text": ReadResourceContents("A text.", "text/plain"),
    "test://static-binary": ReadResourceContents(PNG, "image/png"),
    "test://watched-resource": ReadResourceContents("Watched.", "text/plain"),
}
TEMPLATE: Final = "test://template/{id}/data"


def test_simple_prompt() -> str:
    """Word it without arguments."""
    return "A simple prompt."


def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """Word it with two."""
    return f"{arg1} and {arg2}"


def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803 - the suite's name
    """Embed a resource."""
    return [UserMessage(embedded(resourceUri, "What is embedded.")), UserMessage("Look at it.")]


def test_prompt_with_image() -> list[UserMessage]:
    """Show a picture."""
    return [UserMessage(picture()), UserMessage("Look at it.")]


PROMPTS: Final = (
    test_simple_prompt,
    test_prompt_with_arguments,
    test_prompt_with_embedded_resource,
    test_prompt_with_image,
    everything_questions.test_input_required_result_prompt,
)


class EverythingServer(DarkroomServer):
    """Darkroom with the fixtures."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings, instructions="", lifespan=_nothing)
        for tool in (*everything_tools.TOOLS, *everything_questions.TOOLS):
            self.add_tool(tool, structured_output=False)
        for prompt in PROMPTS:
            self.prompt()(prompt)

    async def list_tools(self) -> list[Tool]:
        """List them, one with a schema that no signature gives."""
        rich = {everything_tools.json_schema_2020_12_tool.__name__: {"input_schema": RICH_SCHEMA}}
        return [tool.model_copy(update=rich.get(tool.name)) for tool in await super().list_tools()]

    async def list_resources(self) -> list[Resource]:
        """List Darkroom's and the fixtures."""
        own = [
            Resource(uri=uri, name=uri.removeprefix("test://"), description="A fixture.", mime_type=content.mime_type)
            for uri, content in RESOURCES.items()
        ]
        return [*await super().list_resources(), *own]

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """List Darkroom's and the fixture."""
        own = ResourceTemplate(uri_template=TEMPLATE, name="template", mime_type="application/json")
        return [*await super().list_resource_templates(), own]

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[None, Any] | None = None
    ) -> Iterable[ReadResourceContents]:
        """Read a fixture; all else is Darkroom's."""
        before, after = TEMPLATE.split("{id}")
        asked = str(uri)
        if asked in RESOURCES:
            return [RESOURCES[asked]]
        if asked.startswith(before) and asked.endswith(after):
            text = json.dumps({"id": asked.removeprefix(before).removesuffix(after)})
            return [ReadResourceContents(text, "application/json")]
        return await super().read_resource(uri, context)

    async def list_prompts(self) -> list[Prompt]:
        """List Darkroom's and the fixtures."""
        return [*await super().list_prompts(), *await MCPServer[None].list_prompts(self)]

    async def get_prompt(  # pyright: ignore[reportIncompatibleMethodOverride] - Darkroom's own prompts never ask
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[None, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        """Word a fixture; all else is Darkroom's."""
        if name in {prompt.__name__ for prompt in PROMPTS}:
            return await MCPServer[None].get_prompt(self, name, arguments, context)
        return await super().get_prompt(name, arguments, context)


@asynccontextmanager
async def _nothing(_: MCPServer[None]) -> AsyncGenerator[None]:
    yield


def everything_application(settings: Settings, address: Address) -> ASGIApp:
    """Put it behind the same checks."""
    vault = Vault(settings)
    server = EverythingServer(Surroundings(front=Front(settings)))
    return guarded(server, address, Token(""), vault)
