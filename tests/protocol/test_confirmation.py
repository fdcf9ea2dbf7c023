"""The question before a dear call: asked where the host can, in both ways of asking, and never in the way elsewhere."""

from typing import Any

import anyio
import pytest
from mcp.client import Client, ClientRequestContext
from mcp_types import INTERNAL_ERROR, CallToolResult, ElicitRequestParams, ElicitResult, ErrorData

from darkroom.app import create_server
from darkroom.sandbox.server import Running
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from desk import job_of, text_of
from protocol.making import Asked, Person, seen_to_end

ERAS = pytest.mark.parametrize("mode", ["legacy", "auto"])


async def dear_call(home: dict[str, str], mode: Any, person: Person | None, **arguments: Any) -> CallToolResult:
    settings = read_settings({"DARKROOM_CONFIRM_USD": "0.05", "DARKROOM_WAIT_SECONDS": "20"} | home)
    server = create_server(Surroundings(front=Front(settings)))
    with anyio.fail_after(90):
        async with Client(server, mode=mode, elicitation_callback=person) as client:
            answer = await client.call_tool("generate_image", {"model": "gpt-image-2-vip", **arguments})
            return answer if answer.is_error else (await seen_to_end(client, answer))[0]


def sent(sandbox: Running, label: str, prompt: str) -> int:
    return sum(call["prompt"] == prompt for call in sandbox.calls(label))


@ERAS
@pytest.mark.anyio
async def test_a_yes_goes_on(home: dict[str, str], mode: str) -> None:
    person = Asked(ElicitResult(action="accept", content={"make_it": True}))
    answer = await dear_call(home, mode, person, prompt=f"two doves {mode}", count=2)
    assert person.questions == ["Make 2 pictures with gpt-image-2-vip for at most $0.06?"]
    assert job_of(answer)["status"] == "completed"


@ERAS
@pytest.mark.parametrize(
    "answer",
    [
        ElicitResult(action="decline"),
        ElicitResult(action="cancel"),
        ElicitResult(action="accept", content={"make_it": False}),
        ElicitResult(action="accept", content={}),
    ],
    ids=["decline", "cancel", "no", "empty"],
)
@pytest.mark.anyio
async def test_anything_but_a_yes_sends_nothing(
    home: dict[str, str], sandbox: Running, label: str, mode: str, answer: ElicitResult
) -> None:
    prompt = f"two ravens {mode} {answer.action} {answer.content}"
    refused = await dear_call(home, mode, Asked(answer), prompt=prompt, count=2)
    assert refused.is_error
    assert "did not agree" in text_of(refused)
    assert "Nothing was sent and nothing was charged" in text_of(refused)
    assert sent(sandbox, label, prompt) == 0


@ERAS
@pytest.mark.anyio
async def test_a_cheap_call_asks_nothing(home: dict[str, str], mode: str) -> None:
    person = Asked(ElicitResult(action="decline"))
    answer = await dear_call(home, mode, person, prompt=f"one dove {mode}")
    assert person.questions == []
    assert job_of(answer)["status"] == "completed"


@ERAS
@pytest.mark.anyio
async def test_a_host_that_cannot_ask_goes_on(home: dict[str, str], mode: str) -> None:
    answer = await dear_call(home, mode, None, prompt=f"two larks {mode}", count=2)
    assert job_of(answer)["status"] == "completed"


@pytest.mark.anyio
async def test_a_host_that_says_it_can_ask_and_cannot_goes_on(home: dict[str, str]) -> None:
    person = Asked(ErrorData(code=INTERNAL_ERROR, message="no screen"))
    answer = await dear_call(home, "legacy", person, prompt="two wrens", count=2)
    assert person.questions
    assert job_of(answer)["status"] == "completed"


@pytest.mark.anyio
async def test_nobody_there_means_no_and_not_for_ever(home: dict[str, str]) -> None:
    async def never(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        await anyio.sleep_forever()
        raise AssertionError

    refused = await dear_call(home | {"DARKROOM_WAIT_SECONDS": "1"}, "legacy", never, prompt="two owls", count=2)
    assert refused.is_error
    assert "did not answer" in text_of(refused)
