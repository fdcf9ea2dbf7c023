"""Several servers on one database, as behind a load balancer: a task or a question may go on at another one."""

from typing import Any

import anyio
import httpx2
import pytest
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourceUpdated
from mcp_types import ElicitResult

from darkroom.settings import Settings, read_settings
from desk import text_of
from protocol.making import Asked, made, seen_to_end
from web.calling import request, session
from web.running import Listening, darkroom_on


def asked(http: httpx2.Client, url: str, method: str, params: dict[str, Any], name: str) -> dict[str, Any]:
    answer = http.post(url, **request(method, params, tasks=True, **{"Mcp-Name": name}))
    return answer.json()


def test_a_task_begun_at_one_server_ends_at_another(server: Listening, replica: Listening, http: httpx2.Client) -> None:
    arguments = {"name": "generate_image", "arguments": {"prompt": "a ferry"}}
    created = asked(http, server.url, "tools/call", arguments, "generate_image")["result"]
    assert created["resultType"] == "task"
    task_id = created["taskId"]
    while (task := asked(http, replica.url, "tasks/get", {"taskId": task_id}, task_id)["result"])[
        "status"
    ] == "working":
        http.get(f"{server.origin}/healthz")
    image = task["result"]["structuredContent"]["jobs"][0]["images"][0]
    assert image["url"].startswith(replica.origin)
    assert "path" not in image
    assert "ttlMs" in task


def test_a_task_needs_its_own_name_in_the_header(server: Listening, http: httpx2.Client) -> None:
    answer = asked(http, server.url, "tasks/get", {"taskId": "task_make_0123456789abcdef"}, "another")
    assert answer["error"]["code"] == -32020
    answer = asked(
        http, server.url, "tasks/get", {"taskId": "task_make_0123456789abcdef"}, "task_make_0123456789abcdef"
    )
    assert answer["error"]["code"] == -32602


@pytest.mark.anyio
async def test_a_stream_at_one_server_hears_of_a_picture_made_at_another(server: Listening, replica: Listening) -> None:
    async with (
        session(server.url) as listener,
        listener.listen(resource_subscriptions=["darkroom://images"]) as stream,
        session(replica.url) as maker,
    ):
        await made(maker, "a towpath")
        with anyio.fail_after(30):
            assert await anext(stream) == ResourceUpdated(uri="darkroom://images")


@pytest.mark.filterwarnings("ignore:resources/subscribe is removed")  # in the newest era
@pytest.mark.anyio
async def test_subscriptions_are_offered_where_they_work_only(server: Listening) -> None:
    """Those of the handshake eras belong to a connection, and any server may get the next request."""
    async with session(server.url, "legacy") as client:
        capabilities = client.server_capabilities
        assert capabilities.resources is not None
        assert not capabilities.resources.subscribe
        with pytest.raises(MCPError) as caught:
            await client.session.subscribe_resource("darkroom://images")  # pyright: ignore[reportDeprecated]
        assert caught.value.error.code == -32601
    async with session(server.url) as client:
        capabilities = client.server_capabilities
        assert capabilities.resources is not None
        assert capabilities.resources.subscribe


@pytest.mark.anyio
async def test_a_dear_call_is_confirmed_over_http_too(settings: Settings) -> None:
    """The newest era asks through its answers; the older ones have no line back here, so the call goes on."""
    careful = read_settings({**settings.environment, "DARKROOM_CONFIRM_USD": "0.05"})
    arguments: dict[str, Any] = {"model": "gpt-image-2-vip", "count": 2}
    with darkroom_on(careful) as server:
        yes = Asked(ElicitResult(action="accept", content={"make_it": True}))
        async with session(server.url, person=yes) as client:
            answer = await client.call_tool("generate_image", {"prompt": "two buoys", **arguments})
            await seen_to_end(client, answer)
        assert len(yes.questions) == 1
        async with session(server.url, person=Asked(ElicitResult(action="decline"))) as client:
            refused = await client.call_tool("generate_image", {"prompt": "two anchors", **arguments})
        assert refused.is_error
        assert "did not agree" in text_of(refused)
        unasked = Asked(ElicitResult(action="decline"))
        async with session(server.url, "legacy", unasked) as client:
            await made(client, "two oars", **arguments)
        assert unasked.questions == []
