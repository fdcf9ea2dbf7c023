"""Tools that look: free, without a key, and small."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp_types import ImageContent
from PIL import Image

from darkroom.app import create_server
from darkroom.sandbox.server import Running
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from desk import Desk, text_of

SMALL = {"gpt-image-2-vip": {"size": "1280x544"}}


def lose(path: str) -> None:
    """Take a file away, as a user may."""
    Path(path).unlink()


async def looked(desk: Desk, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool that looks; its text is its structure as JSON."""
    answer = await desk.call(tool, **arguments)
    assert not answer.is_error, text_of(answer)
    assert answer.structured_content is not None
    assert json.loads(text_of(answer)) == answer.structured_content
    return answer.structured_content


@pytest.mark.requirement("key:looking")
@pytest.mark.anyio
async def test_without_a_key_looking_works_and_making_names_the_two_ways_out(
    environment: dict[str, str], sandbox: Running, tmp_path: Path
) -> None:
    del environment["APIYI_API_KEY"]
    async with Client(create_server(Surroundings(front=Front(read_settings(environment))))) as client:
        desk = Desk(client, sandbox, "none", tmp_path)
        assert len((await looked(desk, "list_sizes"))["models"]) == 3
        assert len((await looked(desk, "estimate_cost", prompt="a fox"))["estimates"]) == 3
        assert (await looked(desk, "list_images"))["images"] == []
        assert "img_nope" in text_of(await desk.call("view_image", image_id="img_nope"))
        answer = await desk.call("generate_image", prompt="a fox")
    assert answer.is_error
    said = text_of(answer)
    assert said.startswith("auth: ")
    for words in ("APIYI_API_KEY", "DARKROOM_SANDBOX=1", "Nothing was sent and nothing was charged."):
        assert words in said
    assert sandbox.calls("none") == []


@pytest.mark.requirement("cost:side-by-side")
@pytest.mark.anyio
async def test_prices_stand_side_by_side_with_the_date_of_the_table(desk: Desk) -> None:
    answer = await looked(desk, "estimate_cost", prompt="a fox", count=2)
    assert answer["checked"] == "2026-11-22"
    assert "budget_left_usd" not in answer
    prices = {row["model"]: (row["low_usd"], row["high_usd"], row["basis"]) for row in answer["estimates"]}
    assert prices["gpt-image-2-all"] == prices["gpt-image-2-vip"] == ("0.06", "0.06", "flat")
    assert prices["gpt-image-2"][2] == "estimate"
    [one] = (await looked(desk, "estimate_cost", prompt="a fox", model="gpt-image-2-vip"))["estimates"]
    assert (one["model"], one["usd"], one["size"]) == ("gpt-image-2-vip", "0.03", "2048x2048")


@pytest.mark.requirement("budget:cap")
@pytest.mark.anyio
async def test_a_budget_is_shown_and_a_call_beyond_it_is_refused(
    environment: dict[str, str], sandbox: Running, tmp_path: Path
) -> None:
    environment["DARKROOM_BUDGET_USD"] = "0.05"
    async with Client(create_server(Surroundings(front=Front(read_settings(environment))))) as client:
        desk = Desk(client, sandbox, "budget", tmp_path)
        assert (await looked(desk, "estimate_cost", prompt="a fox"))["budget_left_usd"] == "0.05"
        answer = await desk.call("generate_image", prompt="a fox", model=SMALL, count=2)
    assert answer.is_error
    assert "DARKROOM_BUDGET_USD" in text_of(answer)
    assert "Nothing was sent" in text_of(answer)


@pytest.mark.requirement("sizes:listed")
@pytest.mark.anyio
async def test_sizes_are_listed_by_model_and_shape(desk: Desk) -> None:
    [offer] = (await looked(desk, "list_sizes", model="gpt-image-2-vip", aspect_ratio="16:9"))["models"]
    assert [row["size"] for row in offer["sizes"]] == ["1280x720", "2048x1152", "3840x2160"]


@pytest.mark.requirement("library:pages")
@pytest.mark.anyio
async def test_the_library_is_read_in_pages_newest_first(desk: Desk) -> None:
    for number in range(3):
        await desk.job("generate_image", prompt=f"page {number}", model=SMALL)
    seen: list[str] = []
    before = ""
    while len(seen) < 3:
        page = await looked(desk, "list_images", limit=1, **({"before": before} if before else {}))
        seen += [row["prompt"] for row in page["images"]]
        before = page["next_before"]
    assert seen == ["page 2", "page 1", "page 0"]
    whole = await looked(desk, "list_images", limit=100)
    dates = [row["created_at"] for row in whole["images"]]
    assert dates == sorted(dates, reverse=True)
    assert whole["next_before"] == ""


@pytest.mark.requirement("library:rows")
@pytest.mark.anyio
async def test_a_row_is_slim_and_a_long_prompt_is_cut(desk: Desk) -> None:
    await desk.job("generate_image", prompt="long " * 100, model=SMALL)
    row = (await looked(desk, "list_images", limit=1))["images"][0]
    assert set(row) == {
        "image_id",
        "path",
        "prompt",
        "model",
        "width",
        "height",
        "created_at",
        "derived_from",
        "turn",
        "charged_usd",
    }
    assert len(row["prompt"]) == 120


@pytest.mark.requirement("library:rows")
@pytest.mark.anyio
async def test_failed_jobs_are_listed_with_what_is_known_about_money(desk: Desk) -> None:
    await desk.call("generate_image", prompt="listed as failed [[policy-input]]", model=SMALL)
    for arguments in ({"status": "failed"}, {}):
        rows = (await looked(desk, "list_images", **arguments))["jobs"]
        row = next(row for row in rows if row["prompt"].startswith("listed as failed"))
        assert (row["status"], row["code"], row["charge"]) == ("failed", "content_policy", "none")
    assert (await looked(desk, "list_images", status="completed"))["jobs"] == []
    assert (await looked(desk, "list_images", status="failed"))["images"] == []


@pytest.mark.anyio
async def test_working_and_cancelled_jobs_are_listed_under_their_status(desk: Desk) -> None:
    answer = await desk.call("generate_image", prompt="at work [[latency:2]]", model=SMALL, wait_seconds=0)
    assert answer.structured_content is not None
    job_id = answer.structured_content["jobs"][0]["job_id"]
    assert job_id in [row["job_id"] for row in (await looked(desk, "list_images", status="working"))["jobs"]]
    await desk.call("wait_for_jobs", job_ids=[job_id])
    assert job_id not in [row["job_id"] for row in (await looked(desk, "list_images", status="working"))["jobs"]]


@pytest.mark.requirement("view:image-only")
@pytest.mark.anyio
@pytest.mark.parametrize(("max_px", "longest"), [(None, 1024), (64, 64), (2000, 2000)])
async def test_a_picture_is_shown_as_image_content_and_nothing_else(
    max_px: int | None, longest: int, desk: Desk
) -> None:
    job = await desk.job("generate_image", prompt="to be seen", model={"gpt-image-2-vip": {"size": "2048x1152"}})
    arguments = {"max_px": max_px} if max_px else {}
    answer = await desk.call("view_image", image_id=job["images"][0]["image_id"], **arguments)
    [block] = answer.content
    assert isinstance(block, ImageContent)
    assert answer.structured_content is None
    with Image.open(io.BytesIO(base64.b64decode(block.data))) as shown:
        assert max(shown.size) <= longest
        assert block.mime_type == f"image/{(shown.format or '').lower()}"
    assert len(answer.model_dump_json()) < 200_000


@pytest.mark.anyio
async def test_a_picture_whose_file_is_gone_is_told_so(desk: Desk) -> None:
    job = await desk.job("generate_image", prompt="to be lost", model=SMALL)
    lose(job["images"][0]["path"])
    answer = await desk.call("view_image", image_id=job["images"][0]["image_id"], max_px=99)
    assert answer.is_error
    assert "any more" in text_of(answer)


@pytest.mark.anyio
async def test_a_family_of_one_is_its_root(desk: Desk) -> None:
    job = await desk.job("generate_image", prompt="alone", model=SMALL)
    image_id = job["images"][0]["image_id"]
    family = await looked(desk, "list_images", image_id=image_id)
    assert [row["image_id"] for row in family["images"]] == [image_id]
