"""Results, through a session over a real worker: whole in text and in structure, small, and true to the bytes."""

import base64
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from mcp_types import CallToolResult, ImageContent, ResourceLink
from PIL import Image

from desk import Desk, job_of, text_of
from tools.conftest import Home

MODELS = ("gpt-image-2", "gpt-image-2-all", "gpt-image-2-vip")
SMALL = {"gpt-image-2-vip": {"size": "1280x544"}}
CHAT = {"gpt-image-2-all": {"endpoint": "chat"}}


def on_disk(path: str) -> bytes:
    """Return the bytes of a file that a result names."""
    return Path(path).read_bytes()


async def ended(desk: Desk, **arguments: Any) -> CallToolResult:
    """Make pictures and return the result of the job that has ended."""
    answer = await desk.call("generate_image", **arguments)
    while job_of(answer)["status"] == "working":
        answer = await desk.call("wait_for_jobs", job_ids=[job_of(answer)["job_id"]])
    return answer


async def picture(desk: Desk, **arguments: Any) -> tuple[dict[str, Any], CallToolResult]:
    """Make one picture and return its row and the whole result."""
    answer = await ended(desk, **arguments)
    assert job_of(answer)["status"] == "completed", text_of(answer)
    [row] = job_of(answer)["images"]
    return row, answer


async def failed(desk: Desk, **arguments: Any) -> tuple[dict[str, Any], CallToolResult]:
    """Fail to make a picture and return the one failure and the whole result."""
    answer = await ended(desk, **arguments)
    assert answer.is_error
    assert job_of(answer)["status"] == "failed"
    [failure] = job_of(answer)["failures"]
    return failure, answer


def previews(answer: CallToolResult) -> list[Image.Image]:
    """Return the pictures inside a result."""
    blocks = [block for block in answer.content if isinstance(block, ImageContent)]
    assert all(len(block.data) <= 100_000 for block in blocks)
    return [Image.open(io.BytesIO(base64.b64decode(block.data))) for block in blocks]


@pytest.mark.requirement("results:text-and-structure")
@pytest.mark.anyio
@pytest.mark.parametrize("model", MODELS)
async def test_each_model_makes_a_picture_that_is_told_as_it_is(model: str, desk: Desk) -> None:
    row, answer = await picture(desk, prompt=f"a fox by {model}", model=model)
    path = Path(row["path"])
    content = on_disk(row["path"])
    with Image.open(path) as image:
        assert (row["width"], row["height"]) == image.size
        assert row["format"] == (image.format or "").lower()
    assert row["bytes"] == len(content)
    assert row["sha256"] == hashlib.sha256(content).hexdigest()
    assert row["uri"] == f"darkroom://images/{row['image_id']}"
    assert (row["turn"], row["derived_from"]) == (1, [])
    [link] = [block for block in answer.content if isinstance(block, ResourceLink)]
    assert str(link.uri) == path.as_uri()
    job = job_of(answer)
    assert job["cost"]["basis"] == ("usage" if model == "gpt-image-2" else "flat")
    for fact in (job["job_id"], row["image_id"], row["path"], row["sha256"], job["cost"]["charged_usd"], job["next"]):
        assert fact in text_of(answer)


@pytest.mark.requirement("results:small")
@pytest.mark.anyio
async def test_a_large_picture_is_shown_small_and_linked_whole(desk: Desk) -> None:
    row, answer = await picture(desk, prompt="a large fox", model={"gpt-image-2-vip": {"size": "3840x2160"}})
    assert (row["width"], row["height"], row["requested_size"]) == (3840, 2160, "3840x2160")
    [shown] = previews(answer)
    assert max(shown.size) <= 768
    assert len(answer.model_dump_json()) < 200_000
    assert not re.search(r"[A-Za-z0-9+/]{200}", json.dumps(answer.structured_content))


@pytest.mark.requirement("results:contact-sheet")
@pytest.mark.anyio
async def test_several_pictures_are_several_calls_and_one_sheet(desk: Desk) -> None:
    answer = await ended(desk, prompt="three foxes", model=SMALL, count=3)
    rows = job_of(answer)["images"]
    assert len({row["path"] for row in rows}) == len({row["image_id"] for row in rows}) == 3
    assert job_of(answer)["cost"]["charged_usd"] == "0.09"
    calls = desk.calls("three foxes")
    assert len(calls) == 3
    assert all("n" not in call["fields"] for call in calls)
    assert len([block for block in answer.content if isinstance(block, ResourceLink)]) == 3
    [sheet] = previews(answer)
    assert max(sheet.size) <= 768


@pytest.mark.anyio
async def test_a_host_that_wants_no_previews_gets_none(shared: Home, desk: Desk) -> None:
    from mcp.client import Client

    from darkroom.app import create_server

    async with Client(create_server(shared.surroundings(DARKROOM_PREVIEW="none"))) as client:
        quiet = Desk(client, desk.sandbox, desk.label, desk.folder)
        _, answer = await picture(quiet, prompt="a fox unseen", model=SMALL)
    assert previews(answer) == []


@pytest.mark.requirement("results:link")
@pytest.mark.anyio
async def test_a_link_is_given_with_its_end_beside_the_file(desk: Desk) -> None:
    model = {"gpt-image-2-vip": {"size": "1280x544", "response_format": "url"}}
    row, answer = await picture(desk, prompt="a linked fox", model=model)
    assert on_disk(row["path"])
    assert row["source_url"].startswith("http")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["source_url_expires_at"])
    assert row["source_url"] in text_of(answer)
    assert row["source_url_expires_at"] in text_of(answer)


@pytest.mark.requirement("answers:every-shape")
@pytest.mark.anyio
@pytest.mark.parametrize("shape", ["", "[[datauri]]", "[[bare-url]]", "[[list-parts]]", "[[vipshape]]"])
async def test_every_shape_of_a_chat_answer_becomes_a_file(shape: str, desk: Desk) -> None:
    row, _ = await picture(desk, prompt=f"a fox in conversation {shape}", model=CHAT)
    assert on_disk(row["path"])
    [call] = desk.calls(f"a fox in conversation {shape}")[-1:]
    assert call["endpoint"] == "chat"


@pytest.mark.requirement("answers:text")
@pytest.mark.anyio
async def test_text_instead_of_a_picture_is_a_charged_failure_that_shows_the_text(desk: Desk) -> None:
    failure, answer = await failed(desk, prompt="a fox in words [[text]]", model=CHAT)
    assert (failure["code"], failure["charge"]) == ("no_image", "certain")
    assert "variation 2" in job_of(answer)["next"]
    assert job_of(answer)["cost"]["charged_usd"] == "0.03"
    assert failure["message"] in text_of(answer)


@pytest.mark.requirement("answers:every-shape")
@pytest.mark.anyio
@pytest.mark.parametrize("shape", ["[[prefix]]", "[[url]]", "[[no-usage]]"])
async def test_every_shape_of_a_picture_becomes_a_file(shape: str, desk: Desk) -> None:
    row, _ = await picture(desk, prompt=f"a fox in a shape {shape}", model=SMALL)
    assert (row["width"], row["height"], row["format"]) == (1280, 544, "png")
    assert len(desk.calls(f"a fox in a shape {shape}")) == 1


@pytest.mark.requirement("answers:bytes-decide")
@pytest.mark.anyio
async def test_another_format_than_ordered_is_kept_under_its_own_name_with_a_warning(desk: Desk) -> None:
    model = {"gpt-image-2": {"size": "1024x640", "quality": "low", "output_format": "png"}}
    row, answer = await picture(desk, prompt="a fox as JPEG [[jpeg]]", model=model)
    assert (row["format"], Path(row["path"]).suffix) == ("jpeg", ".jpg")
    assert any("jpeg" in warning for warning in job_of(answer)["warnings"])


@pytest.mark.requirement("answers:bytes-decide")
@pytest.mark.anyio
async def test_another_size_than_ordered_is_told_and_warned_of(desk: Desk) -> None:
    row, answer = await picture(desk, prompt="a small fox [[wrong-size:640x480]]", model=SMALL)
    assert (row["width"], row["height"], row["requested_size"]) == (640, 480, "1280x544")
    assert "1280x544 was ordered, and the picture is 640x480." in job_of(answer)["warnings"]


@pytest.mark.requirement("answers:kept")
@pytest.mark.anyio
async def test_what_is_no_picture_is_kept_beside_a_failure(desk: Desk) -> None:
    failure, answer = await failed(desk, prompt="no fox [[not-an-image]]", model=SMALL)
    assert (failure["code"], failure["charge"]) == ("not_an_image", "certain")
    assert failure["path"].endswith(".bin")
    assert on_disk(failure["path"])
    assert failure["path"] in text_of(answer)


@pytest.mark.requirement("charge:told")
@pytest.mark.anyio
async def test_a_refusal_by_policy_costs_nothing_and_is_not_repeated(desk: Desk) -> None:
    failure, answer = await failed(desk, prompt="a bad fox [[policy-input]]", model=SMALL)
    assert (failure["code"], failure["charge"]) == ("content_policy", "none")
    assert job_of(answer)["cost"]["charged_usd"] == "0.00"
    assert len(desk.calls("a bad fox")) == 1


@pytest.mark.requirement("charge:never-twice")
@pytest.mark.anyio
async def test_a_lost_answer_is_possible_money_and_is_not_asked_for_again(desk: Desk) -> None:
    arguments: dict[str, Any] = {"prompt": "a lost fox [[504]]", "model": SMALL}
    failure, answer = await failed(desk, **arguments)
    assert (failure["code"], failure["charge"]) == ("timeout", "possible")
    assert "variation 2" in job_of(answer)["next"]
    again, repeated = await failed(desk, **arguments)
    assert again == failure
    assert job_of(repeated)["job_id"] == job_of(answer)["job_id"]
    assert len(desk.calls("a lost fox")) == 1


@pytest.mark.requirement("charge:same-request")
@pytest.mark.anyio
async def test_another_variation_is_another_picture_on_purpose(desk: Desk) -> None:
    first, _ = await picture(desk, prompt="a fox, varied", model=SMALL)
    second, _ = await picture(desk, prompt="a fox, varied", model=SMALL, variation=2)
    assert first["image_id"] != second["image_id"]
    assert len(desk.calls("a fox, varied")) == 2


@pytest.mark.requirement("models:bare-name")
@pytest.mark.anyio
@pytest.mark.parametrize("model", ["gpt-image-2-vip", '{"gpt-image-2-vip": {}}', {"gpt-image-2-vip": {}}])
async def test_a_model_is_understood_as_name_as_text_and_as_object(model: Any, desk: Desk) -> None:
    row, answer = await picture(desk, prompt=f"a fox named {model}", model=model)
    assert (job_of(answer)["model"], row["requested_size"]) == ("gpt-image-2-vip", "2048x2048")


@pytest.mark.anyio
async def test_without_a_model_the_default_makes_the_picture(desk: Desk) -> None:
    _, answer = await picture(desk, prompt="a fox by default")
    assert job_of(answer)["model"] == "gpt-image-2-all"


@pytest.mark.requirement("files:never-overwritten")
@pytest.mark.anyio
async def test_a_name_that_is_taken_gets_a_number_and_nothing_is_overwritten(desk: Desk, shared: Home) -> None:
    taken = shared.pictures / "named" / "fox.png"
    taken.parent.mkdir(parents=True, exist_ok=True)
    taken.write_bytes(b"mine")
    row, _ = await picture(desk, prompt="a named fox", model=SMALL, save_to="named/fox.png")
    assert row["path"] == str(taken.with_name("fox-2.png"))
    assert taken.read_bytes() == b"mine"


@pytest.mark.requirement("files:readable")
@pytest.mark.anyio
async def test_a_folder_gets_a_file_with_the_words_of_the_prompt(desk: Desk, shared: Home) -> None:
    row, _ = await picture(desk, prompt="雪地里的 red fox", model=SMALL, save_to="foxes")
    path = Path(row["path"])
    assert path.parent == shared.pictures / "foxes"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_雪地里的-red-fox_\w{6}\.png", path.name)


@pytest.mark.requirement("wait:working")
@pytest.mark.anyio
async def test_a_wait_of_nothing_returns_a_job_that_goes_on(desk: Desk) -> None:
    answer = await desk.call("generate_image", prompt="a slow fox [[latency:0.5]]", model=SMALL, wait_seconds=0)
    assert not answer.is_error
    job = job_of(answer)
    assert (job["status"], job["images"]) == ("working", [])
    assert "wait_for_jobs" in job["next"]
    assert job["job_id"] in text_of(answer)
    done = await desk.call("wait_for_jobs", job_ids=[job["job_id"]])
    assert job_of(done)["status"] == "completed"
    assert len(desk.calls("a slow fox")) == 1


@pytest.mark.requirement("wait:hosts")
@pytest.mark.anyio
async def test_a_longer_wait_than_the_host_bears_is_cut_and_said_so(desk: Desk) -> None:
    answer = await ended(desk, prompt="a patient fox", model=SMALL, wait_seconds=300)
    assert any("cut from 300 to 55" in warning for warning in job_of(answer)["warnings"])
