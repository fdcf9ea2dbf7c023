"""Resources, prompts and completion, in both families of eras, and what they refuse."""

import base64
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated
from mcp_types import (
    BlobResourceContents,
    PromptReference,
    ResourceListChangedNotification,
    ResourceTemplateReference,
    TextContent,
    TextResourceContents,
)

from darkroom.app import create_server
from darkroom.catalog.models import MODELS
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from protocol.making import made

ERAS = pytest.mark.parametrize("mode", ["legacy", "auto"])
TEMPLATE = ResourceTemplateReference(uri="darkroom://images/{image_id}")


@pytest.fixture(params=["legacy", "auto"])
async def client(home: dict[str, str], request: pytest.FixtureRequest, anyio_backend: str) -> AsyncGenerator[Client]:
    """Return a session in each family of eras."""
    server = create_server(Surroundings(front=Front(read_settings(home))))
    async with Client(server, mode=request.param) as client:
        yield client


async def picture(client: Client, prompt: str) -> dict[str, Any]:
    _, job = await made(client, prompt)
    return job["images"][0]


async def read_json(client: Client, uri: str) -> Any:
    [content] = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "application/json"
    return json.loads(content.text)


@pytest.mark.anyio
async def test_a_picture_is_read_whole_with_its_own_mime_type(client: Client) -> None:
    made = await picture(client, "a fir [[jpeg]]")
    [content] = (await client.read_resource(made["uri"])).contents
    assert isinstance(content, BlobResourceContents)
    assert content.mime_type == "image/jpeg"
    assert base64.b64decode(content.blob) == await anyio.Path(made["path"]).read_bytes()


@pytest.mark.anyio
async def test_the_list_names_the_fixed_resources_and_the_newest_pictures(client: Client) -> None:
    made = await picture(client, "an oak")
    listed = (await client.list_resources()).resources
    assert [str(row.uri) for row in listed[:2]] == ["darkroom://models", "darkroom://images"]
    row = next(row for row in listed if str(row.uri) == made["uri"])
    assert (row.title, row.mime_type, row.size) == ("an oak", "image/png", made["bytes"])
    [template] = (await client.list_resource_templates()).resource_templates
    assert template.uri_template == "darkroom://images/{image_id}"


@pytest.mark.anyio
async def test_models_and_newest_pictures_are_read_as_json(client: Client) -> None:
    made = await picture(client, "an elm")
    sizes = await client.call_tool("list_sizes", {})
    assert await read_json(client, "darkroom://models") == sizes.structured_content
    rows = (await read_json(client, "darkroom://images"))["images"]
    assert made["image_id"] in [row["image_id"] for row in rows]


@pytest.mark.parametrize(
    "uri",
    [
        "darkroom://images/img_0000000000000000",
        "darkroom://images/../../etc/passwd",
        "darkroom://images/..%2F..%2Fetc%2Fpasswd",
        "darkroom://images/%2Fetc%2Fpasswd",
        "darkroom://images/img_x%00",
        "darkroom://nothing",
        "file:///etc/passwd",
    ],
)
@pytest.mark.anyio
async def test_what_is_not_there_is_refused_with_the_code_of_the_era(client: Client, uri: str) -> None:
    with pytest.raises(MCPError) as caught:
        await client.read_resource(uri)
    assert caught.value.error.code == (-32602 if client.protocol_version == "2026-07-28" else -32002)
    assert "root:" not in str(caught.value)


@pytest.mark.anyio
async def test_a_picture_whose_file_is_gone_is_not_there(client: Client) -> None:
    made = await picture(client, "a rowan")
    await anyio.Path(made["path"]).unlink()
    with pytest.raises(MCPError, match="no such resource"):
        await client.read_resource(made["uri"])


@pytest.mark.anyio
async def test_the_newest_era_hears_of_new_pictures_on_its_stream(home: dict[str, str]) -> None:
    server = create_server(Surroundings(front=Front(read_settings(home))))
    async with (
        Client(server) as client,
        client.listen(resources_list_changed=True, resource_subscriptions=["darkroom://images"]) as stream,
    ):
        await picture(client, "an ash")
        with anyio.fail_after(5):
            heard = [await anext(stream), await anext(stream)]
    assert [type(event) for event in heard] == [ResourcesListChanged, ResourceUpdated]


@pytest.mark.anyio
async def test_older_eras_hear_of_new_pictures_too(home: dict[str, str]) -> None:
    heard = anyio.Event()

    async def listen(message: Any) -> None:
        if isinstance(message, ResourceListChangedNotification):
            heard.set()

    server = create_server(Surroundings(front=Front(read_settings(home))))
    async with Client(server, mode="legacy", message_handler=listen) as client:
        await picture(client, "a yew")
        with anyio.fail_after(5):
            await heard.wait()


@pytest.mark.anyio
async def test_prompts_have_arguments_and_name_the_tools(client: Client) -> None:
    prompts = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
    assert list(prompts) == ["make_picture", "edit_last_picture", "compare_models"]
    assert all(prompt.title and prompt.description and prompt.arguments for prompt in prompts.values())
    made = await picture(client, "a willow")
    asked = {
        "make_picture": ({"subject": "a boat", "shape": "16:9", "style": "ink", "model": "gpt-image-2"}, "a boat"),
        "edit_last_picture": ({"change": "make it red"}, made["image_id"]),
        "compare_models": ({"subject": "a cup"}, "gpt-image-2-vip"),
    }
    for name, (arguments, expected) in asked.items():
        [message] = (await client.get_prompt(name, arguments)).messages
        assert isinstance(message.content, TextContent)
        assert expected in message.content.text
        assert "_image" in message.content.text


@pytest.mark.anyio
async def test_prompts_that_are_unknown_or_lack_something_are_refused(client: Client) -> None:
    for name, arguments in (("no_such_prompt", {}), ("make_picture", {}), ("edit_last_picture", {"change": " "})):
        with pytest.raises(MCPError) as caught:
            await client.get_prompt(name, arguments)
        assert caught.value.error.code == -32602


@pytest.mark.anyio
async def test_what_a_person_types_is_completed(client: Client) -> None:
    made = await picture(client, "a birch")
    found = await client.complete(TEMPLATE, {"name": "image_id", "value": made["image_id"][:9]})
    assert made["image_id"] in found.completion.values
    ref = PromptReference(name="make_picture")
    assert (await client.complete(ref, {"name": "model", "value": ""})).completion.values == list(MODELS)
    assert (await client.complete(ref, {"name": "shape", "value": "16"})).completion.values == ["16:9"]
    assert (await client.complete(ref, {"name": "subject", "value": "a"})).completion.values == []
    compared = await client.complete(
        PromptReference(name="compare_models"), {"name": "models", "value": "gpt-image-2, gpt-image-2-v"}
    )
    assert compared.completion.values == ["gpt-image-2,gpt-image-2-vip"]


@pytest.mark.anyio
async def test_nothing_is_made_on_disk_by_looking(environment: dict[str, str]) -> None:
    """A host lists resources as it starts; that opens no database where there is none."""
    async with Client(create_server(Surroundings(front=Front(read_settings(environment))))) as client:
        assert len((await client.list_resources()).resources) == 2
        assert (await client.complete(TEMPLATE, {"name": "image_id", "value": ""})).completion.values == []
        [message] = (await client.get_prompt("edit_last_picture", {"change": "brighter"})).messages
        assert isinstance(message.content, TextContent)
        assert "library is empty" in message.content.text
    assert not await anyio.Path(Path(environment["DARKROOM_HOME"]) / "darkroom.sqlite").exists()


@pytest.mark.anyio
async def test_the_server_says_who_it_is_in_few_bytes(client: Client) -> None:
    info = client.server_info
    assert info is not None
    assert (info.name, info.title) == ("darkroom", "Darkroom")
    assert info.website_url
    assert info.icons
    assert len(info.model_dump_json()) < 1_500
    tools = (await client.list_tools()).tools
    assert all(tool.icons and len(tool.icons[0].src) < 500 for tool in tools)
