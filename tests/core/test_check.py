"""Refusals: what an agent reads when an argument is wrong, and what is forgiven."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from darkroom.catalog.models import MODELS
from darkroom.core.check import check_arguments
from darkroom.errors import ArgumentError

TOOLS = ("generate_image", "edit_image", "list_sizes", "estimate_cost", "wait_for_jobs", "list_images", "view_image")
NOTHING = " Nothing was sent and nothing was charged."


def check(arguments: dict[str, Any], tool: str = "generate_image") -> dict[str, Any]:
    """The normalised arguments."""
    return check_arguments(tool, arguments, default_model="gpt-image-2-all")


def refusal(tool: str = "generate_image", **arguments: Any) -> str:
    """What the agent reads, without the sentence that ends every refusal."""
    given = {"prompt": "a fox", **arguments} if tool == "generate_image" else arguments
    with pytest.raises(ArgumentError) as caught:
        check({name: value for name, value in given.items() if value is not ...}, tool)
    text = str(caught.value)
    assert text.endswith(NOTHING)
    return text.removesuffix(NOTHING)


def vip(**settings: Any) -> dict[str, Any]:
    """Settings of the model of locked sizes."""
    return {"gpt-image-2-vip": settings}


def free(**settings: Any) -> dict[str, Any]:
    """Settings of the model of free sizes."""
    return {"gpt-image-2": settings}


@pytest.mark.requirement("refusals:sizes")
def test_a_size_that_is_not_locked_names_neighbours_and_who_takes_it() -> None:
    assert refusal(model=vip(size="1024x1024")) == snapshot(
        'gpt-image-2-vip does not accept size="1024x1024". Nearest valid sizes: 1280x1280, 1024x1280, 1280x1024. '
        "gpt-image-2 takes 1024x1024 exactly."
    )
    assert refusal(model=vip(size="1920x1080")) == snapshot(
        'gpt-image-2-vip does not accept size="1920x1080". Nearest valid sizes: 2048x1152, 2048x1360, 2048x864. '
        "No model makes 1920x1080 by itself; deliver makes any exact size from a picture."
    )
    assert refusal(model=vip(size="big")) == snapshot(
        'gpt-image-2-vip does not accept size="big": it is not of the form WIDTHxHEIGHT. Nearest valid sizes: '
        "1280x1280, 1024x1280, 1280x1024."
    )


@pytest.mark.requirement("refusals:sizes")
def test_each_of_the_five_rules_is_named_with_neighbours() -> None:
    assert refusal(model=free(size="1000x1000")) == snapshot(
        'gpt-image-2 does not accept size="1000x1000": width and height must be multiples of 16. Nearest valid '
        "sizes: 1008x1008, 992x992, 1008x992. No model makes 1000x1000 by itself; deliver makes any exact size "
        "from a picture."
    )
    assert refusal(model=free(size="4096x2304")) == snapshot(
        'gpt-image-2 does not accept size="4096x2304": no edge may be longer than 3840; it may have at most '
        "8294400 pixels in all, and this has 9437184. Nearest valid sizes: 3840x2160, 3824x2160, 3824x2144. No "
        "model makes 4096x2304 by itself; deliver makes any exact size from a picture."
    )
    assert refusal(model=free(size="3840x1264")) == snapshot(
        'gpt-image-2 does not accept size="3840x1264": the long edge may be at most 3 times the short one. '
        "Nearest valid sizes: 3792x1264, 3840x1280, 3824x1280. No model makes 3840x1264 by itself; deliver makes "
        "any exact size from a picture."
    )
    assert refusal(model=free(size="800x800")) == snapshot(
        'gpt-image-2 does not accept size="800x800": it needs at least 655360 pixels in all, and this has 640000.'
        " Nearest valid sizes: 816x816, 832x832, 832x816. No model makes 800x800 by itself; deliver makes any "
        "exact size from a picture."
    )
    assert refusal(model=free(size="3008x3008")) == snapshot(
        'gpt-image-2 does not accept size="3008x3008": it may have at most 8294400 pixels in all, and this has '
        "9048064. Nearest valid sizes: 2880x2880, 2864x2864, 2864x2880. No model makes 3008x3008 by itself; "
        "deliver makes any exact size from a picture."
    )
    assert refusal(model=free(size="1024*1024")) == snapshot(
        'gpt-image-2 does not accept size="1024*1024": it is not of the form WIDTHxHEIGHT. Nearest valid sizes: '
        "1024x1024, 1040x1040, 1008x1008."
    )


@pytest.mark.requirement("refusals:nearest")
def test_a_word_that_is_no_choice_names_the_choices_and_the_nearest() -> None:
    assert refusal(model=free(quality="hihg")) == snapshot(
        'model.gpt-image-2.quality does not accept "hihg". Use one of auto, low, medium, high. Nearest: high.'
    )
    assert refusal(model=free(quality="ultra")) == snapshot(
        'model.gpt-image-2.quality does not accept "ultra". Use one of auto, low, medium, high.'
    )
    assert refusal(model=free(output_format="jpg")) == snapshot(
        'model.gpt-image-2.output_format does not accept "jpg". Use one of png, jpeg, webp. Nearest: jpeg.'
    )
    assert refusal(model={"gpt-image-2-all": {"aspect_ratio": "16x9"}}) == snapshot(
        'model.gpt-image-2-all.aspect_ratio does not accept "16x9". Use one of 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, '
        "2:3, 5:2, 2:5, 21:9. Nearest: 16:9."
    )
    assert refusal(fallback=["gpt-image-2-vpi"]) == snapshot(
        'fallback[0] does not accept "gpt-image-2-vpi". Use one of gpt-image-2, gpt-image-2-all, gpt-image-2-vip.'
        " Nearest: gpt-image-2-vip."
    )


@pytest.mark.requirement("refusals:unknown")
def test_an_unknown_argument_is_named_with_what_is_known() -> None:
    assert refusal(seed=4) == snapshot(
        "seed is not an argument of generate_image. generate_image takes prompt, model, count, save_to, deliver, "
        "fallback, wait_seconds, variation."
    )
    assert refusal(size="1024x1024") == snapshot(
        'size is not an argument of generate_image. It is a setting of a model: {"model": {"gpt-image-2": '
        '{"size": "1024x1024"}}}. generate_image takes prompt, model, count, save_to, deliver, fallback, wait_seconds, '
        "variation."
    )
    assert refusal(pormpt="a fox") == snapshot(
        "pormpt is not an argument of generate_image. Did you mean prompt? generate_image takes prompt, model, "
        "count, save_to, deliver, fallback, wait_seconds, variation."
    )
    assert refusal(model=vip(quality="high")) == snapshot(
        "quality is not a setting of gpt-image-2-vip. gpt-image-2 takes it. gpt-image-2-vip takes size, "
        "response_format, endpoint."
    )
    assert refusal(model=free(n=2)) == snapshot(
        "n is not a setting of gpt-image-2. count is an argument of the tool, beside model. gpt-image-2 "
        "takes size, quality, background, output_format, output_compression, moderation."
    )
    assert refusal(model=free(qualiti="high")) == snapshot(
        "qualiti is not a setting of gpt-image-2. Did you mean quality? gpt-image-2 takes size, quality, "
        "background, output_format, output_compression, moderation."
    )
    assert refusal(seed=4, steps=30, sampler="a", cfg=7, width=1, steps2=3, x=1) == snapshot(
        "cfg is not an argument of generate_image. sampler is not an argument of generate_image. seed is not an "
        "argument of generate_image. steps is not an argument of generate_image. steps2 is not an argument of "
        "generate_image. 2 more names are unknown as well. generate_image takes prompt, model, count, save_to, "
        "deliver, fallback, wait_seconds, variation."
    )
    assert refusal(deliver={"width": 100, "height": 100, "dpi": 300}) == snapshot(
        "dpi is not an argument of deliver. deliver takes width, height, fit, format, quality."
    )


def test_a_model_that_is_not_sold_names_those_that_are() -> None:
    assert refusal(model="dall-e-3") == snapshot(
        'model="dall-e-3" is none of gpt-image-2, gpt-image-2-all, gpt-image-2-vip. Give an object such as '
        '{"gpt-image-2": {}}.'
    )
    assert refusal(model={"dall-e-3": {}}) == snapshot(
        '"dall-e-3" is not a model. Models are gpt-image-2, gpt-image-2-all, gpt-image-2-vip.'
    )
    assert refusal(model={}) == snapshot(
        "model names none. Give exactly one of gpt-image-2, gpt-image-2-all, gpt-image-2-vip, with its settings inside."
    )
    assert refusal(model={"gpt-image-2": {}, "gpt-image-2-vip": {}}) == snapshot(
        "model names gpt-image-2, gpt-image-2-vip. Give exactly one of gpt-image-2, gpt-image-2-all, "
        "gpt-image-2-vip, with its settings inside."
    )
    assert refusal(model=["gpt-image-2"]) == snapshot(
        'model=["gpt-image-2"] is none of gpt-image-2, gpt-image-2-all, gpt-image-2-vip. Give an object such as '
        '{"gpt-image-2": {}}.'
    )
    assert refusal(model="{broken") == snapshot(
        'model="{broken" is none of gpt-image-2, gpt-image-2-all, gpt-image-2-vip. Give an object such as '
        '{"gpt-image-2": {}}.'
    )
    assert refusal(model={"gpt-image-2": "high"}) == snapshot(
        'model.gpt-image-2="high" is not an object. Give an object with size, quality, background, output_format,'
        " output_compression, moderation."
    )


def test_a_prompt_is_there_is_text_and_fits() -> None:
    assert refusal(prompt=...) == snapshot("prompt is missing. generate_image needs it.")
    assert refusal(prompt="") == snapshot("prompt is empty. Give at least 1 character.")
    assert refusal(prompt=" \n\t") == snapshot("prompt is empty. Say what the picture shows.")
    assert refusal(prompt=7) == snapshot("prompt=7 is not text. Give text.")
    assert refusal(prompt=None) == snapshot("prompt=null is not text. Give text.")
    assert refusal(prompt="x" * 32_001) == snapshot("prompt has 32001 characters. Give at most 32000.")


@pytest.mark.parametrize("char", ["\0", "\ud83e"])
def test_what_is_no_character_is_refused_before_it_breaks_a_file(char: str) -> None:
    assert "which is no character" in refusal(prompt=f"a {char} fox")
    assert "which is no character" in refusal(save_to=f"a{char}b")


def test_every_argument_that_is_missing_is_named() -> None:
    assert refusal("edit_image") == snapshot("prompt and images are missing. edit_image needs it.")


def test_a_delivery_that_no_file_can_hold_is_refused() -> None:
    deliver = {"width": 16_384, "height": 100, "format": "webp"}
    assert refusal(deliver=deliver) == snapshot(
        "A WebP file has at most 16383 pixels a side. Use png or jpeg in deliver.format."
    )


def test_a_number_is_whole_and_in_range() -> None:
    assert refusal(count=0) == snapshot("count=0 is out of range. Use 1 to 10; the nearest is 1.")
    assert refusal(count=11) == snapshot("count=11 is out of range. Use 1 to 10; the nearest is 10.")
    assert refusal(count="three") == snapshot('count="three" is not a whole number. Give a whole number.')
    assert refusal(count=1.5) == snapshot("count=1.5 is not a whole number. Give a whole number.")
    assert refusal(count=True) == snapshot("count=true is not a whole number. Give a whole number.")
    assert refusal(wait_seconds=-1) == snapshot("wait_seconds=-1 is out of range. Use 0 to 3600; the nearest is 0.")
    assert refusal(variation=0) == snapshot("variation=0 is out of range. Use at least 1; the nearest is 1.")
    assert refusal(deliver={"width": 15, "height": 20_000}) == snapshot(
        "deliver.height=20000 is out of range. Use 16 to 16384; the nearest is 16384. deliver.width=15 is out of "
        "range. Use 16 to 16384; the nearest is 16."
    )
    assert refusal(deliver={"width": 100}) == snapshot("deliver.height is missing. deliver needs it.")
    assert refusal(model=free(output_compression=101, output_format="jpeg")) == snapshot(
        "model.gpt-image-2.output_compression=101 is out of range. Use 0 to 100; the nearest is 100."
    )


def test_settings_that_exclude_each_other_are_explained() -> None:
    assert refusal(model=free(background="transparent", output_format="jpeg")) == snapshot(
        'gpt-image-2 with background="transparent" needs output_format to be png or webp, not "jpeg": JPEG has no'
        " transparency."
    )
    assert refusal(model=free(output_compression=50)) == snapshot(
        'gpt-image-2 with output_compression=50 needs output_format to be jpeg or webp, not "png": PNG is lossless.'
    )
    assert refusal(model=vip(endpoint="chat", size="2048x2048")) == snapshot(
        'gpt-image-2-vip with endpoint="chat" does not take size: the chat endpoint ignores it (notice of '
        "2026-07-22). Leave size out."
    )
    assert refusal(model=vip(endpoint="chat", response_format="url")) == snapshot(
        'gpt-image-2-vip with endpoint="chat" does not take response_format: the chat endpoint chooses the form '
        "of its answer. Leave response_format out."
    )


def test_other_tools_refuse_in_the_same_words() -> None:
    assert refusal("wait_for_jobs", job_ids=[]) == snapshot("job_ids holds 0 items. Give at least 1.")
    assert refusal("wait_for_jobs", job_ids=["job_1"] * 21) == snapshot("job_ids holds 21 items. Give at most 20.")
    assert refusal("wait_for_jobs", job_ids=[1]) == snapshot("job_ids[0]=1 is not text. Give text.")
    assert refusal("wait_for_jobs") == snapshot("job_ids is missing. wait_for_jobs needs it.")
    assert refusal("list_images", status="done") == snapshot(
        'status does not accept "done". Use one of working, completed, failed, cancelled.'
    )
    assert refusal("list_sizes", aspect_ratio="wide") == snapshot(
        'aspect_ratio="wide" is not of the form W:H. Use for example 16:9.'
    )
    assert refusal("estimate_cost", prompt="a fox", model=vip(size="1024x1024")) == snapshot(
        'gpt-image-2-vip does not accept size="1024x1024". Nearest valid sizes: 1280x1280, 1024x1280, 1280x1024. '
        "gpt-image-2 takes 1024x1024 exactly."
    )
    assert refusal("edit_image", prompt="bluer", images=[]) == snapshot("images holds 0 items. Give at least 1.")


@pytest.mark.requirement("refusals:all-at-once")
def test_all_mistakes_are_told_at_once() -> None:
    text = refusal(count=0, seed=4, model=vip(size="1x1"))
    assert "count=0" in text
    assert "seed" in text
    assert 'size="1x1"' in text


def test_a_long_value_is_shortened() -> None:
    assert len(refusal(count="x" * 5000)) < 200


def test_a_bare_name_json_text_and_whole_floats_are_understood() -> None:
    assert check({"prompt": "a fox", "model": "gpt-image-2-vip"})["model"] == {"gpt-image-2-vip": {}}
    text = '{"gpt-image-2-vip": {"size": "2048x2048"}}'
    assert check({"prompt": "a fox", "model": text})["model"] == vip(size="2048x2048")
    count = check({"prompt": "a fox", "count": 2.0})["count"]
    assert (count, type(count)) == (2, int)
    assert check({"job_ids": '["job_1"]'}, "wait_for_jobs") == {"job_ids": ["job_1"]}


def test_a_prompt_that_looks_like_json_stays_text() -> None:
    assert check({"prompt": '{"a": 1}'})["prompt"] == '{"a": 1}'


@pytest.mark.requirement("refusals:injected")
def test_an_argument_that_a_host_adds_by_itself_is_dropped() -> None:
    assert "wait_for_previous" not in check({"prompt": "a fox", "wait_for_previous": True})


def test_the_default_model_stands_in_only_where_pictures_are_made() -> None:
    assert check({"prompt": "a fox"})["model"] == {"gpt-image-2-all": {}}
    assert "model" not in check({"prompt": "a fox"}, "estimate_cost")
    assert "model" not in check({}, "list_sizes")


names = st.sampled_from(["prompt", "model", "images", "deliver", "regions", "job_ids", "count", "size", "a.b", ""])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(list(MODELS))
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.sampled_from(list(MODELS)), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.requirement("refusals:clear")
@settings(max_examples=300, deadline=None)
@given(tool=st.sampled_from(TOOLS), arguments=st.dictionaries(names | st.text(max_size=9), anything, max_size=5))
def test_whatever_arrives_is_accepted_or_refused_in_a_sentence(tool: str, arguments: dict[str, Any]) -> None:
    said = NOTHING
    try:
        check(arguments, tool)
    except ArgumentError as refused:
        said = str(refused)
    assert said.endswith(NOTHING)
    assert len(said) < 5000
    assert said.encode()
