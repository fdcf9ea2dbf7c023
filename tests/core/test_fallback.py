"""Fallbacks: a request for one model becomes the nearest request for another, or a reason why not."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.catalog.models import MODELS
from darkroom.core.check import check_arguments
from darkroom.core.fallback import translate

FREE, HINTED, LOCKED = MODELS.values()


@pytest.mark.parametrize(
    ("source", "settings", "target", "translated"),
    [
        (FREE, {"size": "3840x2160", "quality": "high"}, LOCKED, {"size": "3840x2160"}),
        (FREE, {"size": "1024x1024"}, LOCKED, {"size": "1280x1280"}),
        (FREE, {"size": "1536x1024", "output_format": "webp"}, HINTED, {"aspect_ratio": "3:2"}),
        (FREE, {"size": "auto"}, LOCKED, {}),
        (FREE, {}, HINTED, {}),
        (LOCKED, {}, HINTED, {"aspect_ratio": "1:1"}),
        (LOCKED, {"size": "1152x2048"}, FREE, {"size": "1152x2048"}),
        (LOCKED, {"response_format": "url"}, HINTED, {"response_format": "url", "aspect_ratio": "1:1"}),
        (LOCKED, {"endpoint": "chat"}, HINTED, {"endpoint": "chat"}),
        (HINTED, {"aspect_ratio": "16:9"}, LOCKED, {"size": "2048x1152"}),
        (HINTED, {"aspect_ratio": "16:9", "endpoint": "chat"}, LOCKED, {"endpoint": "chat"}),
        (HINTED, {"aspect_ratio": "9:16", "response_format": "url"}, FREE, {"size": "944x1680"}),
    ],
)
def test_what_was_asked_for_comes_as_near_as_it_can(
    source: Any, settings: dict[str, Any], target: Any, translated: dict[str, Any]
) -> None:
    assert translate(settings, source, target, needs_mask=False) == (translated, "")


def test_a_mask_is_never_dropped() -> None:
    assert translate({}, FREE, LOCKED, needs_mask=True) == ({}, "gpt-image-2-vip takes no mask")
    assert translate({}, LOCKED, FREE, needs_mask=True)[1] == ""


def test_transparency_is_never_dropped() -> None:
    reason = "gpt-image-2-all makes no transparent background"
    assert translate({"background": "transparent"}, FREE, HINTED, needs_mask=False) == ({}, reason)


@given(st.data())
def test_every_translation_is_a_valid_request(data: st.DataObject) -> None:
    source, target = data.draw(st.sampled_from(list(itertools.permutations(MODELS.values(), 2))))
    names = [setting for setting in source.settings if setting.kind == "choice"]
    settings = data.draw(st.fixed_dictionaries({}, optional={s.name: st.sampled_from(s.choices) for s in names}))
    translated, reason = translate(settings, source, target, needs_mask=False)
    if not reason:
        arguments = {"prompt": "a fox", "model": {target.model: translated}}
        check_arguments("generate_image", arguments, default_model=target.model)
