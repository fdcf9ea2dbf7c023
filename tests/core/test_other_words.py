"""Words of other tools: a refusal names ours."""

from typing import Any

import pytest

from darkroom.core.check import check_arguments
from darkroom.errors import ArgumentError


def refusal(tool: str = "generate_image", **arguments: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        check_arguments(tool, {"prompt": "a fox", **arguments}, default_model="gpt-image-2-all")
    return str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": 3}, "Use count."),
        ({"model": {"gpt-image-2": {"n": 3}}}, "count is an argument of the tool"),
        ({"filename": "a.png"}, "Use save_to."),
        ({"model": {"gpt-image-2": {"aspect_ratio": "16:9"}}}, "Use size, for example 2048x1152 for 16:9."),
        ({"size": "1280x720"}, '{"model": {"gpt-image-2-vip": {"size": "1280x720"}}}'),
        ({"size": "1280x720", "model": "gpt-image-2"}, '{"model": {"gpt-image-2": {"size": "1280x720"}}}'),
        ({"deliver": "1280x720"}, "width and height, and if wanted fit, format, quality"),
        ({"fallback": "gpt-image-2"}, 'for example ["gpt-image-2"]'),
    ],
)
def test_a_word_of_another_tool_is_answered_with_ours(arguments: dict[str, Any], words: str) -> None:
    assert words in refusal(**arguments)


def test_a_circle_is_an_ellipse() -> None:
    said = refusal("edit_image", images=["/a.png"], regions=[{"shape": "circle", "x": 0, "y": 0}])
    assert "Nearest: ellipse" in said


def test_many_problems_of_a_kind_are_told_shortly() -> None:
    region = {"shape": "polygon", "points": [[0.1, 0.1]] * 30}
    said = refusal("edit_image", images=["/a.png"], regions=[region])
    assert "22 more problems" in said
    assert len(said) < 2000
