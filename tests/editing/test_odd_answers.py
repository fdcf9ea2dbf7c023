"""Answers that are not quite what was ordered: what came is kept, named truthfully, and said."""

from pathlib import Path

import pytest

from desk import Desk, text_of

pytestmark = pytest.mark.anyio


async def test_a_name_with_another_extension_is_changed_and_said(desk: Desk) -> None:
    job = await desk.job("generate_image", prompt="named jpg", model="gpt-image-2-all", save_to="holiday.jpg")
    assert Path(job["images"][0]["path"]).name == "holiday.png"
    assert any("holiday.jpg" in warning and "deliver" in warning for warning in job["warnings"])


async def test_a_cut_off_picture_that_cannot_be_delivered_is_given_as_it_came(desk: Desk) -> None:
    answer = await desk.call(
        "generate_image",
        prompt="[[truncated-image]] cut off",
        model="gpt-image-2-all",
        deliver={"width": 640, "height": 480},
    )
    assert answer.structured_content is not None
    [job] = answer.structured_content["jobs"]
    assert job["status"] == "completed", text_of(answer)
    assert Path(job["images"][0]["path"]).suffix == ".png"
    assert any("given as it came" in warning for warning in job["warnings"])
