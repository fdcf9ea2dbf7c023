"""The catalog says what the models' pages say: the whole matrix once more, written down independently."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import FlatPrice, TokenPrice
from darkroom.core.check import check_arguments
from darkroom.errors import ArgumentError

VIP_TABLE = """
1:1  1280x1280 2048x2048 2880x2880
2:3  848x1280  1360x2048 2336x3520
3:2  1280x848  2048x1360 3520x2336
3:4  960x1280  1536x2048 2480x3312
4:3  1280x960  2048x1536 3312x2480
4:5  1024x1280 1632x2048 2560x3216
5:4  1280x1024 2048x1632 3216x2560
9:16 720x1280  1152x2048 2160x3840
16:9 1280x720  2048x1152 3840x2160
21:9 1280x544  2048x864  3840x1632
"""
"""The 30 locked sizes as the supplier's panel of 2026-05-02 lists them: ratio, then 1K, 2K, 4K."""


@dataclass(frozen=True)
class Case:
    """One setting of one model, once inside its limit and once outside."""

    model: str
    setting: str
    inside: Any
    outside: Any


CASES = [
    Case("gpt-image-2", "size", "auto", "AUTO"),
    Case("gpt-image-2", "size", "1024x640", "1024x639"),
    Case("gpt-image-2", "size", "1008x1008", "1000x1000"),
    Case("gpt-image-2", "size", "3840x2160", "3856x2144"),
    Case("gpt-image-2", "size", "3840x1280", "3840x1264"),
    Case("gpt-image-2", "size", "816x816", "800x800"),
    Case("gpt-image-2", "size", "2880x2880", "3008x3008"),
    Case("gpt-image-2", "quality", "high", "hd"),
    Case("gpt-image-2", "quality", "auto", "xhigh"),
    Case("gpt-image-2", "background", "transparent", "white"),
    Case("gpt-image-2", "output_format", "jpeg", "jpg"),
    Case("gpt-image-2", "output_compression", 0, -1),
    Case("gpt-image-2", "output_compression", 100, 101),
    Case("gpt-image-2", "moderation", "low", "high"),
    Case("gpt-image-2-all", "aspect_ratio", "21:9", "7:5"),
    Case("gpt-image-2-all", "response_format", "url", "png"),
    Case("gpt-image-2-all", "endpoint", "chat", "edits"),
    Case("gpt-image-2-vip", "size", "auto", "1024x1024"),
    Case("gpt-image-2-vip", "size", "3840x1632", "1536x1024"),
    Case("gpt-image-2-vip", "response_format", "b64_json", "json"),
    Case("gpt-image-2-vip", "endpoint", "images", "responses"),
]

ABSENT = {
    "gpt-image-2": ("n", "response_format", "style", "input_fidelity", "aspect_ratio", "endpoint", "stream", "user"),
    "gpt-image-2-all": ("n", "size", "quality", "background", "output_format", "output_compression", "moderation"),
    "gpt-image-2-vip": ("n", "quality", "aspect_ratio", "background", "output_format", "moderation", "mask"),
}


def accepted(model: str, settings: dict[str, Any]) -> bool:
    """Whether generate_image takes these settings."""
    arguments = {"prompt": "a fox", "model": {model: settings}}
    try:
        check_arguments("generate_image", arguments, default_model="gpt-image-2-all")
    except ArgumentError:
        return False
    return True


def test_exactly_three_models_are_sold() -> None:
    assert list(MODELS) == ["gpt-image-2", "gpt-image-2-all", "gpt-image-2-vip"]


@pytest.mark.requirement("models:limits")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.model}-{case.setting}-{case.inside}")
def test_each_setting_is_taken_just_inside_its_limit_and_refused_just_outside(case: Case) -> None:
    with_format = {"output_format": "jpeg"} if case.setting == "output_compression" else {}
    assert accepted(case.model, {case.setting: case.inside, **with_format})
    assert not accepted(case.model, {case.setting: case.outside, **with_format})


def test_every_setting_of_every_model_stands_in_the_matrix() -> None:
    stated = {(case.model, case.setting) for case in CASES}
    assert stated == {(model, setting.name) for model, spec in MODELS.items() for setting in spec.settings}


@pytest.mark.parametrize(("model", "name"), [(model, name) for model, names in ABSENT.items() for name in names])
def test_a_setting_that_a_model_must_not_be_sent_is_none_of_its_settings(model: str, name: str) -> None:
    assert MODELS[model].setting(name) is None
    assert not accepted(model, {name: "auto"})


@pytest.mark.parametrize(
    ("model", "good", "bad"),
    [
        (
            "gpt-image-2",
            {"background": "transparent", "output_format": "webp"},
            {"background": "transparent", "output_format": "jpeg"},
        ),
        ("gpt-image-2", {"background": "transparent"}, {"output_compression": 50}),
        (
            "gpt-image-2",
            {"output_compression": 50, "output_format": "webp"},
            {"output_compression": 50, "output_format": "png"},
        ),
        ("gpt-image-2-all", {"endpoint": "chat"}, {"endpoint": "chat", "response_format": "url"}),
        ("gpt-image-2-all", {"endpoint": "images", "response_format": "url"}, {"endpoint": "chat", "size": "auto"}),
        ("gpt-image-2-vip", {"endpoint": "chat"}, {"endpoint": "chat", "size": "2048x2048"}),
        (
            "gpt-image-2-vip",
            {"endpoint": "images", "size": "2048x2048"},
            {"endpoint": "chat", "response_format": "url"},
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(model: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert accepted(model, good)
    assert not accepted(model, bad)


@pytest.mark.requirement("models:vip-sizes")
def test_the_locked_sizes_are_the_thirty_of_the_panel() -> None:
    rows = [line.split() for line in VIP_TABLE.split("\n") if line]
    stated = {(size, row[0], tier) for row in rows for size, tier in zip(row[1:], ("1K", "2K", "4K"), strict=True)}
    spec = MODELS["gpt-image-2-vip"]
    assert len(stated) == 30
    assert {(row.size, row.ratio, row.tier) for row in spec.size_rows} == stated
    size = spec.setting("size")
    assert size is not None
    assert set(size.choices) == {"auto"} | {row[0] for row in stated}
    assert spec.default_size == "2048x2048"


def test_the_phrases_of_the_model_without_sizes_are_those_of_its_page() -> None:
    spec = MODELS["gpt-image-2-all"]
    assert [(row.ratio, row.phrase, row.observed) for row in spec.ratio_phrases] == [
        ("1:1", "1024×1024 方图", "1254x1254"),
        ("16:9", "横版 16:9", "1672x941"),
        ("9:16", "竖屏 9:16", "941x1672"),
        ("4:3", "4:3", "1448x1086"),
        ("3:4", "3:4", "1086x1448"),
        ("3:2", "3:2 尺寸", "1536x1024"),
        ("2:3", "2:3 尺寸", "1024x1536"),
        ("5:2", "5:2 横屏", "1983x793"),
        ("2:5", "2:5 竖屏", "793x1983"),
        ("21:9", "横幅 21:9 超宽银幕", ""),
    ]
    ratio = spec.setting("aspect_ratio")
    assert ratio is not None
    assert ratio.choices == tuple(row.ratio for row in spec.ratio_phrases)


def test_the_presets_are_the_seven_that_the_vendor_names() -> None:
    rules = MODELS["gpt-image-2"].size_rules
    assert rules is not None
    assert set(rules.presets) == {
        "1024x1024",
        "1536x1024",
        "1024x1536",
        "2048x2048",
        "2048x1152",
        "3840x2160",
        "2160x3840",
    }


def test_prices_are_the_list_prices() -> None:
    assert MODELS["gpt-image-2"].price == TokenPrice(
        text_in=Decimal("5.00"),
        image_in=Decimal("8.00"),
        image_out=Decimal("30.00"),
        grid={"low": 16, "medium": 48, "high": 96},
    )
    assert MODELS["gpt-image-2-all"].price == FlatPrice(usd_per_call=Decimal("0.03"))
    assert MODELS["gpt-image-2-vip"].price == FlatPrice(usd_per_call=Decimal("0.03"))


def test_abilities_and_limits_are_those_of_the_pages() -> None:
    stated = {
        model: (
            spec.max_prompt_chars,
            spec.max_images,
            spec.mask.max_bytes if spec.mask else None,
            spec.transparent,
            spec.endpoints,
            spec.timeout_seconds,
            spec.long_timeout_seconds,
            spec.request_id_headers[0],
        )
        for model, spec in MODELS.items()
    }
    assert stated == {
        "gpt-image-2": (32_000, 16, 4 * 1024 * 1024, True, ("images",), 360, 600, "x-request-id"),
        "gpt-image-2-all": (32_000, 16, None, False, ("images", "chat"), 300, 300, "request-id"),
        "gpt-image-2-vip": (32_000, 16, None, False, ("images", "chat"), 300, 600, "request-id"),
    }
