"""Bad input, through a session: one clear sentence, nothing sent, nothing charged, nothing of the inside shown."""

from pathlib import Path
from typing import Any

import pytest
from mcp_types import CallToolResult

from desk import Desk, text_of
from tools.conftest import Home

LONG = "x" * 32_001

BAD: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    # what is wrong: tool, arguments, words that the sentence must hold
    "no prompt": ("generate_image", {}, ["prompt", "missing"]),
    "empty prompt": ("generate_image", {"prompt": ""}, ["prompt", "empty"]),
    "blank prompt": ("generate_image", {"prompt": " \n "}, ["prompt", "empty"]),
    "long prompt": ("generate_image", {"prompt": LONG}, ["prompt", "32001", "32000"]),
    "prompt a number": ("generate_image", {"prompt": 5}, ["prompt=5", "text"]),
    "prompt null": ("generate_image", {"prompt": None}, ["prompt=null", "text"]),
    "unknown argument": ("generate_image", {"prompt": "p", "seed": 1}, ["seed", "it takes" * 0, "prompt, model"]),
    "misspelt argument": ("generate_image", {"prompt": "p", "wait": 1, "cuont": 2}, ["cuont", "Did you mean count?"]),
    "flat setting": ("generate_image", {"prompt": "p", "size": "1024x1024"}, ["size", '{"model":']),
    "unknown model": ("generate_image", {"prompt": "p", "model": "dall-e-3"}, ["dall-e-3", "gpt-image-2-vip"]),
    "two models": (
        "generate_image",
        {"prompt": "p", "model": {"gpt-image-2": {}, "gpt-image-2-all": {}}},
        ["exactly one of"],
    ),
    "no model": ("generate_image", {"prompt": "p", "model": {}}, ["exactly one of"]),
    "model a list": ("generate_image", {"prompt": "p", "model": ["gpt-image-2"]}, ["model=", "gpt-image-2-all"]),
    "broken JSON": ("generate_image", {"prompt": "p", "model": '{"gpt-image-2":'}, ["model="]),
    "settings a list": ("generate_image", {"prompt": "p", "model": {"gpt-image-2": []}}, ["an object"]),
    "not by 16": (
        "generate_image",
        {"prompt": "p", "model": {"gpt-image-2": {"size": "1000x1000"}}},
        ["1000x1000", "multiples of 16", "1008x1008"],
    ),
    "too long an edge": (
        "generate_image",
        {"prompt": "p", "model": {"gpt-image-2": {"size": "3856x2144"}}},
        ["longer than 3840", "3840x2144"],
    ),
    "too long a shape": (
        "generate_image",
        {"prompt": "p", "model": {"gpt-image-2": {"size": "3840x1264"}}},
        ["3 times", "3840x1280"],
    ),
    "too few pixels": (
        "generate_image",
        {"prompt": "p", "model": {"gpt-image-2": {"size": "800x800"}}},
        ["at least 655360", "816x816"],
    ),
    "too many pixels": (
        "generate_image",
        {"prompt": "p", "model": {"gpt-image-2": {"size": "3008x3008"}}},
        ["at most 8294400", "2880x2880"],
    ),
    "not a locked size": (
        "generate_image",
        {"prompt": "p", "model": {"gpt-image-2-vip": {"size": "1024x1024"}}},
        ["1024x1024", "1280x1280", "gpt-image-2 takes 1024x1024 exactly"],
    ),
    "no size": ("generate_image", {"prompt": "p", "model": {"gpt-image-2": {"size": "large"}}}, ["WIDTHxHEIGHT"]),
    "unknown quality": (
        "generate_image",
        {"prompt": "p", "model": {"gpt-image-2": {"quality": "hihg"}}},
        ["hihg", "low, medium, high", "Nearest: high"],
    ),
    "another's setting": (
        "generate_image",
        {"prompt": "p", "model": {"gpt-image-2-vip": {"quality": "high"}}},
        ["quality", "gpt-image-2 takes it"],
    ),
    "count 0": ("generate_image", {"prompt": "p", "count": 0}, ["count=0", "1 to 10"]),
    "count 11": ("generate_image", {"prompt": "p", "count": 11}, ["count=11", "1 to 10"]),
    "count a word": ("generate_image", {"prompt": "p", "count": "two"}, ["count=", "whole number"]),
    "count a half": ("generate_image", {"prompt": "p", "count": 1.5}, ["count=1.5", "whole number"]),
    "variation 0": ("generate_image", {"prompt": "p", "variation": 0}, ["variation=0", "at least 1"]),
    "wait below 0": ("generate_image", {"prompt": "p", "wait_seconds": -1}, ["wait_seconds=-1", "0 to"]),
    "wait a word": ("generate_image", {"prompt": "p", "wait_seconds": "long"}, ["wait_seconds=", "whole number"]),
    "deliver half": ("generate_image", {"prompt": "p", "deliver": {"width": 10}}, ["deliver.height", "missing"]),
    "deliver nothing": (
        "generate_image",
        {"prompt": "p", "deliver": {"width": 0, "height": 99_999}},
        ["deliver.width=0", "deliver.height=99999", "16 to 16384"],
    ),
    "deliver tiff": (
        "generate_image",
        {"prompt": "p", "deliver": {"width": 64, "height": 64, "format": "tiff"}},
        ["deliver.format", "png, jpeg, webp"],
    ),
    "fallback to nobody": ("generate_image", {"prompt": "p", "fallback": ["dall-e-3"]}, ["fallback[0]", "dall-e-3"]),
    "fallback text": ("generate_image", {"prompt": "p", "fallback": "gpt-image-2"}, ["fallback", "a list"]),
    "save_to a number": ("generate_image", {"prompt": "p", "save_to": 3}, ["save_to=3", "text"]),
    "save_to empty": ("generate_image", {"prompt": "p", "save_to": ""}, ["save_to", "empty"]),
    "save_to outside": ("generate_image", {"prompt": "p", "save_to": "/somewhere/else"}, ["/somewhere/else", "below"]),
    "save_to upwards": ("generate_image", {"prompt": "p", "save_to": "../../x.png"}, ["../../x.png", "outside"]),
    "save_to reserved": ("generate_image", {"prompt": "p", "save_to": "con.png"}, ["con.png", "keep for themselves"]),
    "save_to null byte": ("generate_image", {"prompt": "p", "save_to": "a\0b"}, ["save_to", "no character"]),
    "save_to somebody's": ("generate_image", {"prompt": "p", "save_to": "~nobody/x.png"}, ["~nobody", "home folder"]),
    "save_to two lines": ("generate_image", {"prompt": "p", "save_to": "a\nb"}, ["save_to", "line break"]),
    "save_to turned": ("generate_image", {"prompt": "p", "save_to": "\u202egnp.xof"}, ["save_to", "control"]),
    "save_to below a device": ("generate_image", {"prompt": "p", "save_to": "con/x.png"}, ["'con'", "themselves"]),
    "save_to endless": ("generate_image", {"prompt": "p", "save_to": "a/" * 3000}, ["save_to", "6000", "4096"]),
    "endless name": ("generate_image", {"prompt": "p", "save_to": "x" * 300}, ["save_to", "longer than 200 bytes"]),
    "endless path": ("edit_image", {"prompt": "p", "images": ["/" + "x" * 5000]}, ["images[0]", "5001", "4096"]),
    "edit without images": ("edit_image", {"prompt": "p"}, ["images", "missing"]),
    "edit with none": ("edit_image", {"prompt": "p", "images": []}, ["images", "at least 1"]),
    "edit with 17": ("edit_image", {"prompt": "p", "images": ["img_1"] * 17}, ["images", "17", "at most 16"]),
    "no job ids": ("wait_for_jobs", {}, ["job_ids", "missing"]),
    "empty job ids": ("wait_for_jobs", {"job_ids": []}, ["job_ids", "at least 1"]),
    "21 job ids": ("wait_for_jobs", {"job_ids": ["job_1"] * 21}, ["job_ids", "21", "at most 20"]),
    "job ids text": ("wait_for_jobs", {"job_ids": "job_1"}, ["job_ids", "a list"]),
    "no such job": ("wait_for_jobs", {"job_ids": ["job_nope"]}, ["job_nope", "list_images"]),
    "until when": ("wait_for_jobs", {"job_ids": ["job_1"], "until": "some"}, ["until", "all, any"]),
    "half a character": ("wait_for_jobs", {"job_ids": ["\ud800"]}, ["job_ids[0]", "no character"]),
    "endless id": ("wait_for_jobs", {"job_ids": ["x" * 99_999]}, ["job_ids[0]", "99999", "at most 100"]),
    "endless image id": ("view_image", {"image_id": "x" * 99_999}, ["image_id", "99999", "at most 100"]),
    "no such job to cancel": ("cancel_job", {"job_id": "job_nope"}, ["job_nope", "list_images"]),
    "cancel a number": ("cancel_job", {"job_id": 1}, ["job_id=1", "text"]),
    "no such image": ("view_image", {"image_id": "img_nope"}, ["img_nope", "list_images"]),
    "view too small": ("view_image", {"image_id": "img_1", "max_px": 1}, ["max_px=1", "64 to 2000"]),
    "no such family": ("list_images", {"image_id": "img_nope"}, ["img_nope"]),
    "limit 0": ("list_images", {"limit": 0}, ["limit=0", "1 to 100"]),
    "limit 101": ("list_images", {"limit": 101}, ["limit=101", "1 to 100"]),
    "no time in a mark": ("list_images", {"before": "nan/img_1"}, ["before='nan/img_1'", "next_before"]),
    "no mark": ("list_images", {"before": "yesterday"}, ["before='yesterday'", "next_before"]),
    "no status": ("list_images", {"status": "done"}, ["status", "working, completed, failed, cancelled"]),
    "no ratio": ("list_sizes", {"aspect_ratio": "wide"}, ["aspect_ratio=", "16:9"]),
    "sizes of nobody": ("list_sizes", {"model": "dall-e-3"}, ["dall-e-3", "gpt-image-2-vip"]),
    "price of nothing": ("estimate_cost", {}, ["prompt", "missing"]),
    "price of nobody": ("estimate_cost", {"prompt": "p", "model": {"dall-e-3": {}}}, ["dall-e-3"]),
    "price of a bad size": (
        "estimate_cost",
        {"prompt": "p", "model": {"gpt-image-2-vip": {"size": "1x1"}}},
        ["1x1", "Nearest valid sizes"],
    ),
}


def listing(folder: Path) -> list[Path]:
    """Return what a folder holds."""
    return list(folder.iterdir())


def assert_clear(answer: CallToolResult, words: list[str]) -> None:
    """A refusal says what is wrong and that nothing happened, in text and structure, and shows nothing inside."""
    text = text_of(answer)
    assert answer.is_error
    assert [word for word in words if word not in text] == []
    assert "Nothing was sent and nothing was charged." in text
    for inside in ("Traceback", "pydantic", "jsonschema", "Error executing tool", "sqlalchemy", "sk-test", 'File "'):
        assert inside not in text
    assert len(text) < 2000
    assert answer.structured_content is not None
    error = answer.structured_content["error"]
    assert error["charge"] == "none"
    assert error["message"] in text


@pytest.mark.requirement("refusals:clear")
@pytest.mark.anyio
@pytest.mark.parametrize(("tool", "arguments", "words"), BAD.values(), ids=BAD)
async def test_bad_input_is_refused_in_a_sentence_that_can_be_acted_on(
    tool: str, arguments: dict[str, Any], words: list[str], desk: Desk
) -> None:
    before = len(desk.sandbox.calls(desk.label))
    assert_clear(await desk.call(tool, **arguments), words)
    assert len(desk.sandbox.calls(desk.label)) == before


@pytest.mark.anyio
async def test_every_tool_refuses_what_it_does_not_know(desk: Desk) -> None:
    for tool in (await desk.client.list_tools()).tools:
        assert_clear(await desk.call(tool.name, surprise=1), ["surprise", f"is not an argument of {tool.name}"])


@pytest.mark.requirement("refusals:injected")
@pytest.mark.anyio
async def test_what_a_host_adds_by_itself_is_no_reason_to_refuse(desk: Desk) -> None:
    answer = await desk.call("list_sizes", wait_for_previous=True)
    assert not answer.is_error


@pytest.mark.requirement("files:outside")
@pytest.mark.anyio
async def test_a_link_does_not_lead_out_of_the_folders(desk: Desk, shared: Home, tmp_path: Path) -> None:
    shared.pictures.mkdir(parents=True, exist_ok=True)
    link = shared.pictures / f"out-{tmp_path.name}"
    link.symlink_to(tmp_path, target_is_directory=True)
    answer = await desk.call("generate_image", prompt="p", save_to=f"{link.name}/fox.png")
    assert_clear(answer, [link.name, "outside", "DARKROOM_OUTPUT_DIRS"])
    assert listing(tmp_path) == []


@pytest.mark.requirement("files:writable-first")
@pytest.mark.anyio
async def test_a_folder_that_cannot_be_made_is_told_before_anything_is_sent(desk: Desk, shared: Home) -> None:
    shared.pictures.mkdir(parents=True, exist_ok=True)
    (shared.pictures / "a-file").write_bytes(b"x")
    answer = await desk.call("generate_image", prompt="p", save_to="a-file/foxes")
    assert_clear(answer, ["cannot be written", "save_to"])
