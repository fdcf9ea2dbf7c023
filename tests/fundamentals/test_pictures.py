"""The tutorial: what an agent can do, one idea a test. Edge cases have their own folders."""

import json
from pathlib import Path

import pytest
from mcp_types import ImageContent

from desk import Desk, job_of, text_of

pytestmark = pytest.mark.anyio


def on_disk(path: str) -> bytes:
    """Return the bytes of a file that a result names."""
    return Path(path).read_bytes()


async def test_an_agent_asks_and_gets_a_file(desk: Desk) -> None:
    """A prompt is enough: the default model makes the picture, and the result says where it lies."""
    answer = await desk.call("generate_image", prompt="A red fox in snow")
    [image] = job_of(answer)["images"]
    assert on_disk(image["path"])
    assert image["path"] in text_of(answer)


async def test_a_model_is_chosen_with_its_settings(desk: Desk) -> None:
    """`model` is one object with one key: each model's settings stand below its name."""
    model = {"gpt-image-2": {"size": "1024x640", "quality": "low", "output_format": "jpeg"}}
    answer = await desk.call("generate_image", prompt="A red fox on a ridge", model=model)
    [image] = job_of(answer)["images"]
    assert (image["width"], image["height"], image["format"]) == (1024, 640, "jpeg")


async def test_a_bare_name_means_a_model_with_its_defaults(desk: Desk) -> None:
    """The name alone does as well."""
    answer = await desk.call("generate_image", prompt="A red fox asleep", model="gpt-image-2-vip")
    assert job_of(answer)["images"][0]["requested_size"] == "2048x2048"


async def test_a_price_can_be_had_before_it_is_paid(desk: Desk) -> None:
    """estimate_cost is free and compares all models."""
    answer = await desk.call("estimate_cost", prompt="A red fox in snow")
    assert answer.structured_content is not None
    prices = {row["model"]: row["usd"] for row in answer.structured_content["estimates"]}
    assert prices["gpt-image-2-vip"] == "0.03"
    assert desk.calls("never made") == []


async def test_sizes_can_be_looked_up(desk: Desk) -> None:
    """list_sizes says what each model makes, here in one shape."""
    answer = await desk.call("list_sizes", aspect_ratio="16:9")
    sizes = [row["size"] for row in json.loads(text_of(answer))["models"][2]["sizes"]]
    assert sizes == ["1280x720", "2048x1152", "3840x2160"]


async def test_a_picture_that_is_not_there_yet_is_waited_for(desk: Desk) -> None:
    """A call never outlasts its host: it returns a job, and another call waits for it."""
    answer = await desk.call("generate_image", prompt="A patient fox [[latency:0.5]]", wait_seconds=0)
    job = job_of(answer)
    assert job["status"] == "working"
    answer = await desk.call("wait_for_jobs", job_ids=[job["job_id"]])
    assert job_of(answer)["status"] == "completed"


async def test_asking_again_after_a_time_out_pays_once(desk: Desk) -> None:
    """The same request is the same job until its picture was delivered."""
    arguments = {"prompt": "An impatient fox [[latency:0.5]]"}
    first = await desk.call("generate_image", **arguments, wait_seconds=0)
    second = await desk.call("generate_image", **arguments)
    assert job_of(first)["job_id"] == job_of(second)["job_id"]
    assert len(desk.calls("An impatient fox")) == 1


async def test_several_pictures_come_from_one_request(desk: Desk) -> None:
    """`count` makes parallel calls, each billed."""
    answer = await desk.call("generate_image", prompt="Foxes", count=2)
    assert len(job_of(answer)["images"]) == 2
    assert job_of(answer)["cost"]["charged_usd"] == "0.06"


async def test_a_file_of_exact_size_is_made_locally(desk: Desk) -> None:
    """No model makes 300x200; `deliver` cuts it from the picture and keeps the original."""
    deliver = {"width": 300, "height": 200, "format": "webp"}
    answer = await desk.call("generate_image", prompt="A small fox", deliver=deliver)
    [image] = job_of(answer)["images"]
    assert (image["width"], image["height"], image["format"]) == (300, 200, "webp")
    assert image["original_image_id"].startswith("img_")


async def test_a_picture_is_changed_in_a_next_turn(desk: Desk) -> None:
    """edit_image takes the id of an earlier picture and remembers where it came from."""
    first = job_of(await desk.call("generate_image", prompt="A fox by day"))["images"][0]
    answer = await desk.call("edit_image", prompt="Make it night", images=[first["image_id"]])
    [image] = job_of(answer)["images"]
    assert (image["turn"], image["derived_from"]) == (2, [first["image_id"]])


async def test_an_agent_looks_at_what_it_made(desk: Desk) -> None:
    """view_image is the picture itself, small enough for any host."""
    image = job_of(await desk.call("generate_image", prompt="A fox to look at"))["images"][0]
    answer = await desk.call("view_image", image_id=image["image_id"])
    assert isinstance(answer.content[0], ImageContent)


async def test_what_was_made_is_found_again(desk: Desk) -> None:
    """list_images is the library, newest first."""
    image = job_of(await desk.call("generate_image", prompt="A fox to find"))["images"][0]
    rows = json.loads(text_of(await desk.call("list_images", limit=1)))["images"]
    assert [row["image_id"] for row in rows] == [image["image_id"]]
