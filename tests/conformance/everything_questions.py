"""Tools and a prompt that ask the caller: during the call (until 2025-11-25), or by asking to be called again."""

from typing import Any, Final

from mcp.server.mcpserver import Context
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    CallToolResult,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)

from conformance.everything_tools import said

Call = Context[Any, Any]
Answered = CallToolResult | InputRequiredResult

_TITLED: Final = [{"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}]


def form(message: str, **properties: dict[str, Any]) -> ElicitRequest:
    """Ask the user to fill in a form, every field of it."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sampling(prompt: str) -> CreateMessageRequest:
    """Ask the host's model."""
    message = SamplingMessage(role="user", content=TextContent(text=prompt))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=100))


NAME: Final = form("What is your name?", name={"type": "string"})
CAPITAL: Final = sampling("What is the capital of France?")


async def during_the_call(ctx: Call, request: ElicitRequest) -> CallToolResult:
    """Ask on the stream of the call, as hosts of the handshake eras expect it."""
    params = request.params
    assert isinstance(params, ElicitRequestFormParams)
    answer = await ctx.session.elicit_form(params.message, params.requested_schema, ctx.request_context.request_id)
    return said(f"{answer.action}: {answer.content}")


async def test_elicitation(ctx: Call, message: str) -> CallToolResult:
    """Ask for two texts."""
    return await during_the_call(ctx, form(message, username={"type": "string"}, email={"type": "string"}))


async def test_elicitation_sep1034_defaults(ctx: Call) -> CallToolResult:
    """Ask with a default for each type."""
    asked = form(
        "Is that right?",
        name={"type": "string", "default": "John Doe"},
        age={"type": "integer", "default": 30},
        score={"type": "number", "default": 95.5},
        status={"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        verified={"type": "boolean", "default": True},
    )
    return await during_the_call(ctx, asked)


async def test_elicitation_sep1330_enums(ctx: Call) -> CallToolResult:
    """Ask for choices, in each of the ways that a choice is written."""
    options = ["option1", "option2", "option3"]
    asked = form(
        "Which?",
        untitledSingle={"type": "string", "enum": options},
        titledSingle={"type": "string", "oneOf": _TITLED},
        legacyEnum={"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["One", "Two"]},
        untitledMulti={"type": "array", "items": {"type": "string", "enum": options}},
        titledMulti={"type": "array", "items": {"anyOf": _TITLED}},
    )
    return await during_the_call(ctx, asked)


async def test_sampling(ctx: Call, prompt: str) -> CallToolResult:
    """Ask the host's model."""
    stream = ServerMessageMetadata(related_request_id=ctx.request_context.request_id)
    answer = await ctx.session.send_request(sampling(prompt), CreateMessageResult, metadata=stream)
    return said(str(answer.content))


def lacking(ctx: Call, asked: dict[str, InputRequest]) -> dict[str, InputRequest]:
    """Return what was asked and is not answered by the right kind of answer."""
    kinds = {
        "elicitation/create": ElicitResult,
        "sampling/createMessage": CreateMessageResult,
        "roots/list": ListRootsResult,
    }
    answers = ctx.input_responses or {}
    return {key: ask for key, ask in asked.items() if not isinstance(answers.get(key), kinds[ask.method])}


def ask_again(ctx: Call, asked: dict[str, InputRequest], state: str | None = None) -> Answered:
    """Answer once all that was asked is there, and whatever state was given out has come back."""
    if lacking(ctx, asked) or ctx.request_state != state:
        return InputRequiredResult(input_requests=asked, request_state=state)
    return said(f"{'state-ok ' if state else ''}{ctx.input_responses}")


async def test_input_required_result_elicitation(ctx: Call) -> Answered:
    """Ask the user."""
    return ask_again(ctx, {"user_name": NAME})


async def test_streaming_elicitation(ctx: Call) -> Answered:
    """Ask the user after a sign of life."""
    await ctx.report_progress(1, 2)
    return ask_again(ctx, {"user_name": NAME})


async def test_input_required_result_sampling(ctx: Call) -> Answered:
    """Ask the model."""
    return ask_again(ctx, {"capital_question": CAPITAL})


async def test_input_required_result_list_roots(ctx: Call) -> Answered:
    """Ask for the roots."""
    return ask_again(ctx, {"client_roots": ListRootsRequest()})


async def test_input_required_result_request_state(ctx: Call) -> Answered:
    """Ask, and give out a state."""
    return ask_again(ctx, {"confirm": form("Sure?", ok={"type": "boolean"})}, "confirming")


async def test_input_required_result_tampered_state(ctx: Call) -> Answered:
    """Give out a state that nobody can forge."""
    return await test_input_required_result_request_state(ctx)


async def test_input_required_result_multiple_inputs(ctx: Call) -> Answered:
    """Ask three at once."""
    return ask_again(ctx, {"user_name": NAME, "greeting": CAPITAL, "client_roots": ListRootsRequest()}, "three")


async def test_input_required_result_multi_round(ctx: Call) -> Answered:
    """Ask one after the other; the state says which."""
    colour: dict[str, InputRequest] = {"step2": form("Step 2: which colour?", color={"type": "string"})}
    if ctx.request_state == "second":
        return ask_again(ctx, colour, "second")
    first = ask_again(ctx, {"step1": form("Step 1: which name?", name={"type": "string"})}, "first")
    if isinstance(first, InputRequiredResult):
        return first
    return InputRequiredResult(input_requests=colour, request_state="second")


async def test_input_required_result_capabilities(ctx: Call) -> Answered:
    """Ask only whom the caller has."""
    has = ctx.client_capabilities or ClientCapabilities()
    asked: dict[str, InputRequest] = {}
    if has.elicitation is not None:
        asked["user_name"] = NAME
    if has.sampling is not None:
        asked["capital_question"] = CAPITAL
    return ask_again(ctx, asked) if asked else said("Nobody to ask.")


async def test_input_required_result_prompt(ctx: Call) -> str | InputRequiredResult:
    """Ask before it is worded."""
    answer = (ctx.input_responses or {}).get("user_context")
    if isinstance(answer, ElicitResult):
        return f"In this context: {answer.content}"
    return InputRequiredResult(input_requests={"user_context": form("Which context?", context={"type": "string"})})


TOOLS: Final = (
    test_elicitation,
    test_elicitation_sep1034_defaults,
    test_elicitation_sep1330_enums,
    test_sampling,
    test_streaming_elicitation,
    test_input_required_result_elicitation,
    test_input_required_result_sampling,
    test_input_required_result_list_roots,
    test_input_required_result_request_state,
    test_input_required_result_tampered_state,
    test_input_required_result_multiple_inputs,
    test_input_required_result_multi_round,
    test_input_required_result_capabilities,
)
