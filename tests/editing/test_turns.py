"""A conversation of many turns: families of pictures, sizes that stay, exact files, transparency, prices."""

from pathlib import Path

import pytest
from mcp.client import Client
from PIL import Image

from darkroom.app import create_server
from darkroom.service.front import Front
from darkroom.tools.boundary import Surroundings
from desk import Desk

pytestmark = pytest.mark.anyio


async def test_a_family_shows_its_root_its_branches_and_its_prices(desk: Desk) -> None:
    path = desk.folder / "root.png"
    Image.new("RGB", (1280, 848), "navy").save(path)
    first, _ = await desk.edited(prompt="turn one", images=[str(path)], model="gpt-image-2-vip")
    second, _ = await desk.edited(prompt="turn two", images=[first["image_id"]], model="gpt-image-2-vip")
    branch, _ = await desk.edited(prompt="another way", images=[first["image_id"]], model="gpt-image-2-all")
    answer = await desk.call("list_images", image_id=branch["image_id"])
    assert answer.structured_content is not None
    rows = answer.structured_content["images"]
    assert [row["turn"] for row in rows] == [0, 1, 2, 2]
    assert rows[0]["derived_from"] == []
    assert rows[1]["derived_from"] == [rows[0]["image_id"]]
    assert rows[2]["derived_from"] == rows[3]["derived_from"] == [first["image_id"]]
    assert second["turn"] == 2
    assert [row.get("charged_usd") for row in rows] == [None, "0.03", "0.03", "0.03"]


async def test_an_earlier_picture_can_be_edited_after_a_restart_and_from_another_host(
    desk: Desk, surroundings: tuple[Surroundings, str]
) -> None:
    made = await desk.job("generate_image", prompt="before the restart", model="gpt-image-2-all")
    front = surroundings[0].front
    assert front is not None
    async with Client(create_server(Surroundings(front=Front(front.settings)))) as other:
        answer = await other.call_tool(
            "edit_image",
            {"prompt": "after the restart", "images": [made["images"][0]["image_id"]], "model": "gpt-image-2-all"},
        )
    assert answer.structured_content is not None
    [job] = answer.structured_content["jobs"]
    assert job["images"][0]["derived_from"] == [made["images"][0]["image_id"]]


async def test_a_picture_of_the_library_that_is_named_by_its_path_stays_in_its_family(desk: Desk) -> None:
    made = await desk.job("generate_image", prompt="named by its path later", model="gpt-image-2-all")
    first = made["images"][0]
    second, _ = await desk.edited(prompt="by path", images=[first["path"]], model="gpt-image-2-all")
    assert second["derived_from"] == [first["image_id"]]
    assert second["turn"] == 2


async def test_the_chat_endpoint_is_sent_the_conversation_and_only_the_last_picture(desk: Desk) -> None:
    model = {"gpt-image-2-all": {"endpoint": "chat"}}
    first = await desk.job("generate_image", prompt="a lighthouse", model=model)
    second, _ = await desk.edited(prompt="at night", images=[first["images"][0]["image_id"]], model=model)
    _, call = await desk.edited(prompt="with a boat", images=[second["image_id"]], model=model)
    assert call["endpoint"] == "chat"
    messages = call["fields"]["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2 + ["user"]
    assert "a lighthouse" in str(messages[0]["content"])
    assert "at night" in str(messages[2]["content"])
    assert str(messages).count("'image_url'") == str(messages[-1]).count("'image_url'") > 0


@pytest.mark.parametrize(
    ("model", "size", "ordered"),
    [
        ("gpt-image-2-vip", (2048, 1152), "2048x1152"),
        ("gpt-image-2-vip", (1000, 500), "1280x544"),
        ("gpt-image-2", (1600, 1200), "1600x1200"),
        ("gpt-image-2", (1000, 1000), "1008x1008"),
    ],
)
async def test_an_edit_keeps_the_size_of_image_1_or_the_nearest_and_says_so(
    desk: Desk, model: str, size: tuple[int, int], ordered: str
) -> None:
    path = desk.folder / "p.png"
    Image.new("RGB", size, "olive").save(path)
    image, call = await desk.edited(prompt=f"keep {model} {size}", images=[str(path)], model=model)
    assert call["fields"]["size"] == ordered
    assert image["requested_size"] == ordered
    said = any(f"{size[0]}x{size[1]}" in warning for warning in image["warnings"])
    assert said is (ordered != f"{size[0]}x{size[1]}")


@pytest.mark.parametrize(("fit", "form"), [("cover", "png"), ("contain", "webp"), ("stretch", "jpeg")])
@pytest.mark.parametrize("model", ["gpt-image-2", "gpt-image-2-all", "gpt-image-2-vip"])
async def test_an_exact_file_is_made_and_the_original_is_kept(desk: Desk, model: str, fit: str, form: str) -> None:
    job = await desk.job(
        "generate_image",
        prompt=f"exact {model} {fit}",
        model={model: {"quality": "low"} if model == "gpt-image-2" else {}},
        deliver={"width": 1920, "height": 1080, "fit": fit, "format": form},
    )
    [image] = job["images"]
    assert (image["width"], image["height"], image["format"]) == (1920, 1080, form)
    with Image.open(image["path"]) as file:
        assert file.size == (1920, 1080)
    assert any("1920x1080" in warning for warning in job["warnings"])
    family = await desk.call("list_images", image_id=image["image_id"])
    assert family.structured_content is not None
    assert len(family.structured_content["images"]) == 2


@pytest.mark.parametrize("size", [(16, 16), (4000, 37)])
async def test_odd_sizes_are_delivered_too(desk: Desk, size: tuple[int, int]) -> None:
    job = await desk.job(
        "generate_image",
        prompt=f"odd {size}",
        model="gpt-image-2-all",
        deliver={"width": size[0], "height": size[1]},
    )
    assert (job["images"][0]["width"], job["images"][0]["height"]) == size


async def test_a_transparent_cut_out_is_checked(desk: Desk) -> None:
    model = {"gpt-image-2": {"background": "transparent", "quality": "low"}}
    good = await desk.job("generate_image", prompt="a sticker", model=model)
    with Image.open(good["images"][0]["path"]) as file:
        assert file.getchannel("A").getextrema()[0] == 0
    assert not any("transparent" in warning for warning in good.get("warnings", []))
    bad = await desk.job("generate_image", prompt="[[opaque]] a sticker", model=model)
    assert any("transparent" in warning for warning in bad["warnings"])


async def test_estimates_count_input_tokens_by_the_formula(desk: Desk) -> None:
    path = desk.folder / "square.png"
    Image.new("RGB", (1024, 1024), "red").save(path)
    model = {"gpt-image-2": {"quality": "medium", "size": "1024x1024"}}
    bare = await desk.call("estimate_cost", prompt="x" * 32, model=model)
    with_input = await desk.call("estimate_cost", prompt="x" * 32, model=model, images=[str(path)])
    assert bare.structured_content is not None
    assert with_input.structured_content is not None
    more = float(with_input.structured_content["estimates"][0]["usd"]) - float(
        bare.structured_content["estimates"][0]["usd"]
    )
    assert round(more, 6) == round(1024 * 8 / 1_000_000, 6)


async def test_the_charge_of_an_edit_matches_what_the_gateway_billed(desk: Desk) -> None:
    path = desk.folder / "billed.png"
    Image.new("RGB", (640, 512), "red").save(path)
    job = await desk.job(
        "edit_image",
        prompt="billed exactly",
        images=[str(Path(path))],
        model={"gpt-image-2": {"quality": "low", "size": "1024x1024"}},
    )
    [call] = desk.calls("billed exactly")
    assert float(job["cost"]["charged_usd"]) == float(call["usd"])
