"""Three readers of one catalog agree: the published schema, the validator, and the sandbox over real HTTP.

A prompt that asks the sandbox for a refusal after all its checks spares it the drawing; a few whole pictures
are made as well.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, cast

import httpx2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from darkroom.catalog.limits import CHAT_OPENING_CHARS
from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import ModelSpec, Setting
from darkroom.core.check import check_arguments
from darkroom.core.plan import Request, plan
from darkroom.core.schema import tool_schema
from darkroom.errors import ArgumentError
from darkroom.sandbox.server import Running
from darkroom.wire import chat
from darkroom.wire.images import encode_generation
from darkroom.wire.message import WireRequest

REFUSED_AFTER_ALL_CHECKS = "[[policy-input]]"
STRICT_KEY = "sk-test-agreement+all_size=reject+vip_quality=reject+vip_off_table=reject+n=reject"
"""Every switch on refusing, for what the pages disagree about."""


class _Validator(Protocol):
    def is_valid(self, instance: object) -> bool: ...


quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PUBLISHED = cast("_Validator", Draft202012Validator(tool_schema("generate_image")))

JUNK: list[Any] = [
    "",
    "auto",
    "AUTO",
    "high",
    "1024x1024",
    "1920x1080",
    "16:9",
    "png",
    0,
    7,
    101,
    -1,
    1.5,
    True,
    None,
    [],
    {},
]
"""Values that fit one setting or none."""


@pytest.fixture(scope="module")
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=30) as client:
        yield client


def post(sandbox: Running, http: httpx2.Client, request: WireRequest) -> dict[str, Any]:
    """Send a request and return the error of its answer; empty for a picture."""
    headers = {"authorization": f"Bearer {STRICT_KEY}"}
    answer = http.post(sandbox.base_url + request.path, headers=headers, json=dict(request.json or {}))
    return {} if answer.status_code == 200 else answer.json()["error"]


def sandbox_takes(sandbox: Running, http: httpx2.Client, request: WireRequest) -> bool:
    """Whether the sandbox has no fault to find; the prompt must ask for the refusal that comes last."""
    return post(sandbox, http, request)["code"] == "moderation_blocked"


def checked(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments as the validator returns them; None if it refuses."""
    try:
        return check_arguments("generate_image", arguments, default_model="gpt-image-2-all")
    except ArgumentError:
        return None


def encoded(arguments: Mapping[str, Any]) -> WireRequest:
    """What would be sent for arguments that were accepted."""
    [(model, given)] = arguments["model"].items()
    attempt = plan(model, given, Request(operation="generate", prompt=arguments["prompt"]))
    if attempt.endpoint == "chat":
        return chat.encode(model, str(attempt.fields["prompt"]), [])
    return encode_generation(attempt.fields)


def sizes(spec: ModelSpec) -> st.SearchStrategy[str]:
    """Sizes around the rules, and those of the tables."""
    steps = st.integers(1, 245).map(lambda step: step * 16)
    pairs = st.tuples(steps | st.integers(1, 4200), steps | st.integers(1, 4200)).map(
        lambda pair: f"{pair[0]}x{pair[1]}"
    )
    known = [row.size for row in spec.size_rows] + ["auto", "1024x1024", "3840x2160", "3840x1280"]
    return st.sampled_from(known) | pairs


def values(spec: ModelSpec, setting: Setting) -> st.SearchStrategy[Any]:
    """Values of a setting, right and nearly right."""
    if setting.name == "size":
        return sizes(spec) | st.sampled_from(JUNK)
    if setting.kind == "integer":
        return st.integers(setting.minimum - 2, setting.maximum + 2) | st.sampled_from(JUNK)
    return st.sampled_from(setting.choices) | st.sampled_from(JUNK)


def some_settings(spec: ModelSpec) -> st.SearchStrategy[dict[str, Any]]:
    """Settings of a model, with one of another now and then."""
    own = {setting.name: values(spec, setting) for setting in spec.settings}
    foreign = {
        setting.name: values(other, setting)
        for other in MODELS.values()
        for setting in other.settings
        if setting.name not in own
    }
    few = st.fixed_dictionaries({}, optional=own)
    return few | st.tuples(few, st.fixed_dictionaries({}, optional=foreign)).map(lambda pair: pair[0] | pair[1])


def good_settings(spec: ModelSpec) -> st.SearchStrategy[dict[str, Any]]:
    """Settings of a model of which each is right by itself."""
    own: dict[str, st.SearchStrategy[Any]] = {
        setting.name: sizes(spec)
        if setting.kind == "size"
        else st.integers(setting.minimum, setting.maximum)
        if setting.kind == "integer"
        else st.sampled_from(setting.choices)
        for setting in spec.settings
    }
    return st.fixed_dictionaries({}, optional=own)


@pytest.mark.requirement("check:agreement")
@pytest.mark.parametrize("model", MODELS)
@quick
@given(data=st.data())
def test_what_the_validator_accepts_the_schema_allows_and_the_sandbox_takes(
    model: str, data: st.DataObject, sandbox: Running, http: httpx2.Client
) -> None:
    spec = MODELS[model]
    chosen = data.draw(good_settings(spec) | some_settings(spec))
    arguments = {"prompt": f"a fox {REFUSED_AFTER_ALL_CHECKS}", "model": {model: chosen}}
    accepted = checked(arguments)
    if accepted is not None:
        assert PUBLISHED.is_valid(arguments)
        assert sandbox_takes(sandbox, http, encoded(accepted))


@pytest.mark.requirement("check:agreement")
@pytest.mark.parametrize("model", MODELS)
@quick
@given(data=st.data())
def test_what_the_schema_or_the_sandbox_refuses_the_validator_refuses(
    model: str, data: st.DataObject, sandbox: Running, http: httpx2.Client
) -> None:
    """Here the settings go to the sandbox as they are, with nothing of ours in between."""
    spec = MODELS[model]
    chosen = data.draw(some_settings(spec))
    arguments = {"prompt": f"a fox {REFUSED_AFTER_ALL_CHECKS}", "model": {model: chosen}}
    steering = {setting.name for setting in spec.settings if setting.sent == "never"}
    sent = {name: value for name, value in chosen.items() if name not in steering}
    body: dict[str, Any] = {"model": model, "prompt": arguments["prompt"], **sent}
    if not PUBLISHED.is_valid(arguments) or not sandbox_takes(sandbox, http, encode_generation(body)):
        assert checked(arguments) is None


@pytest.mark.requirement("check:agreement")
@quick
@given(
    model=st.sampled_from(list(MODELS)),
    prompt=st.text(max_size=30) | st.integers(31_960, 32_002).map(lambda length: "x" * length),
    ratio=st.sampled_from([None, "21:9", "1:1"]),
    by_chat=st.booleans(),
)
@example(model="gpt-image-2-all", prompt="x" * 32_000, ratio="21:9", by_chat=True)
@example(model="gpt-image-2-vip", prompt="x" * (32_000 - CHAT_OPENING_CHARS), ratio=None, by_chat=True)
def test_a_prompt_that_is_accepted_fits_with_all_the_words_around_it(
    model: str, prompt: str, ratio: str | None, by_chat: bool, sandbox: Running, http: httpx2.Client
) -> None:
    chosen: dict[str, Any] = {"aspect_ratio": ratio} if ratio and model == "gpt-image-2-all" else {}
    chosen |= {"endpoint": "chat"} if by_chat and model != "gpt-image-2" else {}
    if len(prompt) > len(REFUSED_AFTER_ALL_CHECKS):
        prompt = prompt[: -len(REFUSED_AFTER_ALL_CHECKS)] + REFUSED_AFTER_ALL_CHECKS
    else:
        prompt += REFUSED_AFTER_ALL_CHECKS
    accepted = checked({"prompt": prompt, "model": {model: chosen}})
    if accepted is not None:
        assert sandbox_takes(sandbox, http, encoded(accepted))


def test_the_room_for_a_chat_opening_is_that_of_the_longest() -> None:
    longest = max(len(chat.asking_for_a_picture(prompt)) - 1 for prompt in ("x", "狐"))
    assert longest == CHAT_OPENING_CHARS


@pytest.mark.parametrize(
    ("model", "chosen"),
    [
        ("gpt-image-2", {"size": "1024x640", "quality": "low", "output_format": "jpeg", "output_compression": 50}),
        ("gpt-image-2", {"background": "transparent", "output_format": "webp", "moderation": "low"}),
        ("gpt-image-2-all", {"aspect_ratio": "2:5"}),
        ("gpt-image-2-all", {"endpoint": "chat", "aspect_ratio": "16:9"}),
        ("gpt-image-2-vip", {"size": "1280x544", "response_format": "url"}),
        ("gpt-image-2-vip", {"size": "auto"}),
    ],
)
def test_whole_pictures_come_of_what_was_accepted(
    model: str, chosen: dict[str, Any], sandbox: Running, http: httpx2.Client
) -> None:
    accepted = checked({"prompt": "a fox", "model": {model: chosen}})
    assert accepted is not None
    assert post(sandbox, http, encoded(accepted)) == {}
