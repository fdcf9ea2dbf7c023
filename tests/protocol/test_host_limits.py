"""What hosts can take: names, results that are complete for whichever half a host shows, sizes."""

import re
from typing import Any, cast

import pytest
from mcp.client import Client
from mcp_types import ImageContent

from darkroom.app import INSTRUCTIONS, create_server
from darkroom.catalog.hosts import HOSTS, NAME_PATTERN, STRICTEST_NAME_CHARS
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from desk import text_of
from protocol.making import made

FORBIDDEN = {"oneOf", "anyOf", "allOf", "not", "$ref", "$defs", "const", "additionalProperties", "null"}


def words_of(value: Any) -> list[str]:
    """Every key and every text of a schema, so that a keyword stands nowhere."""
    if isinstance(value, dict):
        rows = cast("dict[str, Any]", value)
        return [
            *rows,
            *[word for key, item in rows.items() if key not in ("description", "title") for word in words_of(item)],
        ]
    if isinstance(value, list):
        return [word for item in cast("list[Any]", value) for word in words_of(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.anyio
async def test_names_and_schemas_suit_every_host(home: dict[str, str]) -> None:
    async with Client(create_server(Surroundings(front=Front(read_settings(home))))) as client:
        tools = (await client.list_tools()).tools
        again = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == [tool.name for tool in again]
    for tool in tools:
        assert re.fullmatch(NAME_PATTERN, tool.name)
        assert len(f"darkroom{tool.name}") <= STRICTEST_NAME_CHARS
        for host in HOSTS:
            assert len(host.tool_prefix + tool.name) <= (host.max_name_chars or 128)
        assert len(tool.description or "") <= 2048
        assert not FORBIDDEN & set(words_of(tool.input_schema))
    assert len(INSTRUCTIONS) <= 2048


@pytest.mark.anyio
async def test_each_half_of_a_result_is_complete(home: dict[str, str]) -> None:
    async with Client(create_server(Surroundings(front=Front(read_settings(home))))) as client:
        answer, job = await made(client, "a harbour", count=3)
        viewed = await client.call_tool("view_image", {"image_id": job["images"][0]["image_id"]})
    said = text_of(answer)
    for image in job["images"]:
        for name in ("image_id", "path", "uri", "sha256", "bytes", "width", "height"):
            assert str(image[name]) in said
    for value in (job["job_id"], job["status"], job["model"], job["cost"]["estimate_usd"], job["next"]):
        assert value in said
    assert [block.type for block in answer.content] == ["text", *["resource_link"] * 3, "image"]
    assert "base64" not in str(answer.structured_content)
    assert len(answer.model_dump_json(by_alias=True)) < 200_000
    assert viewed.structured_content is None
    [picture] = viewed.content
    assert isinstance(picture, ImageContent)
    assert len(viewed.model_dump_json(by_alias=True)) < 200_000
