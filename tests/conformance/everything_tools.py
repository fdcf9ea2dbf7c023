"""Tools that the conformance suite calls by name: kinds of content, progress, log messages, schemas and headers."""

import base64
from typing import Annotated, Any, Final

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    CallToolResult,
    ClientCapabilities,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    MissingRequiredClientCapabilityErrorData,
    SamplingCapability,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

Call = Context[Any, Any]

PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
"""One pixel."""

WAV: Final = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0"
"""No sound at all."""

RICH_SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
"""What `json_schema_2020_12_tool` is listed with: every keyword has to arrive."""


def said(*content: ContentBlock | str) -> CallToolResult:
    """Return a result of these pieces."""
    return CallToolResult(content=[TextContent(text=one) if isinstance(one, str) else one for one in content])


def picture() -> ImageContent:
    """Return one pixel."""
    return ImageContent(data=base64.b64encode(PNG).decode(), mime_type="image/png")


def embedded(uri: str, text: str, mime_type: str = "text/plain") -> EmbeddedResource:
    """Return a resource inside a result."""
    return EmbeddedResource(resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


async def test_simple_text() -> CallToolResult:
    """Answer with a sentence."""
    return said("A sentence.")


async def test_image_content() -> CallToolResult:
    """Answer with a picture."""
    return said(picture())


async def test_audio_content() -> CallToolResult:
    """Answer with a sound."""
    return said(AudioContent(data=base64.b64encode(WAV).decode(), mime_type="audio/wav"))


async def test_embedded_resource() -> CallToolResult:
    """Answer with a resource."""
    return said(embedded("test://embedded-resource", "What is embedded."))


async def test_multiple_content_types() -> CallToolResult:
    """Answer with one of each."""
    return said("Three kinds:", picture(), embedded("test://mixed-content-resource", '{"a": 1}', "application/json"))


async def test_error_handling() -> CallToolResult:
    """Fail as a tool fails."""
    raise ToolError("It failed on purpose.")


async def test_tool_with_progress(ctx: Call) -> CallToolResult:
    """Say three times how far it is."""
    for percent in (0, 50, 100):
        await ctx.report_progress(percent, 100)
    return said("Done.")


async def test_tool_with_logging(ctx: Call) -> CallToolResult:
    """Log three messages."""
    for message in ("begun", "half done", "done"):
        await ctx.info(message)  # pyright: ignore[reportDeprecated] - the scenario is about what is deprecated
    return said("Done.")


async def test_logging_tool(ctx: Call) -> CallToolResult:
    """Log a message that a caller who named no level must not see."""
    return await test_tool_with_logging(ctx)


async def json_schema_2020_12_tool() -> CallToolResult:
    """Be listed with a schema of many keywords."""
    return said("Done.")


async def test_custom_headers(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})],
) -> CallToolResult:
    """Take an argument that stands in a header as well."""
    return said(region)


async def test_missing_capability(ctx: Call) -> CallToolResult:
    """Need what the caller may not have."""
    if ctx.client_capabilities and ctx.client_capabilities.sampling:
        return said("It can.")
    needed = ClientCapabilities(sampling=SamplingCapability())
    lacking = MissingRequiredClientCapabilityErrorData(required_capabilities=needed)
    shown = lacking.model_dump(by_alias=True, mode="json", exclude_none=True)
    raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "The client cannot sample.", shown)


async def test_reconnection(ctx: Call) -> CallToolResult:
    """Close the stream before it answers."""
    await ctx.close_sse_stream()
    return said("Done.")


async def test_trigger_tool_change(ctx: Call) -> CallToolResult:
    """Say that the tools are others now."""
    await ctx.notify_tools_changed()
    return said("Done.")


async def test_trigger_prompt_change(ctx: Call) -> CallToolResult:
    """Say that the prompts are others now."""
    await ctx.notify_prompts_changed()
    return said("Done.")


TOOLS: Final = (
    test_simple_text,
    test_image_content,
    test_audio_content,
    test_embedded_resource,
    test_multiple_content_types,
    test_error_handling,
    test_tool_with_progress,
    test_tool_with_logging,
    test_logging_tool,
    json_schema_2020_12_tool,
    test_custom_headers,
    test_missing_capability,
    test_reconnection,
    test_trigger_tool_change,
    test_trigger_prompt_change,
)
