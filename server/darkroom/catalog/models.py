"""The models that the gateway sells, one row each. To add a model is to add a row."""

from collections.abc import Mapping
from typing import Final

from darkroom.catalog import CHECKED
from darkroom.catalog.prices import GPT_IMAGE_2, GPT_IMAGE_2_ALL, GPT_IMAGE_2_VIP
from darkroom.catalog.spec import (
    Latency,
    LongWait,
    MaskRules,
    ModelSpec,
    Pairing,
    RatioPhrase,
    Setting,
    SizeRow,
    SizeRules,
)

_RESPONSE_FORMAT = Setting(
    name="response_format",
    kind="choice",
    choices=("b64_json", "url"),
    default="b64_json",
    sent="always",
    meaning="url also gives a public link, valid 24 h.",
    # The server's own default moved from url (2026-04) to b64_json (2026-05/07), so it is always sent.
    source="docs.apiyi.com gpt-image-2-all text-to-image, 2026-07",
)

_ENDPOINT = Setting(
    name="endpoint",
    kind="choice",
    choices=("images", "chat"),
    default="images",
    sent="never",
    meaning="chat sends the conversation along.",
    # Older pages recommend chat; the notice of 2026-07-06 reverses that.
    source="docs.apiyi.com live 2026-07-06 gpt-image-2-vip-images-api-ready",
)

_GPT_IMAGE_2 = ModelSpec(
    model="gpt-image-2",
    summary="Official line: any size, masks, transparency, quality; priced by tokens.",
    settings=(
        Setting(
            name="size",
            kind="size",
            default="auto",
            meaning=(
                "auto (default) or WIDTHxHEIGHT: multiples of 16, edge <= 3840, ratio <= 3:1, 655360-8294400 pixels."
            ),
            source="OpenAI image guide; probes published 2026-08/09",
        ),
        Setting(
            name="quality",
            kind="choice",
            choices=("auto", "low", "medium", "high"),
            default="auto",
            meaning="Sets price and time.",
            source="openai SDK 3.54.0, 2026-08-21",
        ),
        Setting(
            name="background",
            kind="choice",
            choices=("auto", "opaque", "transparent"),
            default="auto",
            meaning="transparent needs png or webp.",
            # Refused until OpenAI opened it as a preview on 2026-08-21.
            source="OpenAI and docs.apiyi.com, 2026-08-21",
        ),
        Setting(
            name="output_format",
            kind="choice",
            choices=("png", "jpeg", "webp"),
            default="png",
            meaning="",
            source="openai SDK 3.54.0, 2026-08-21",
        ),
        Setting(
            name="output_compression",
            kind="integer",
            minimum=0,
            maximum=100,
            default=100,
            meaning="jpeg and webp only.",
            source="openai SDK 3.54.0, 2026-08-21",
        ),
        Setting(
            name="moderation",
            kind="choice",
            choices=("auto", "low"),
            default="auto",
            meaning="low relaxes the prompt check.",
            source="docs.apiyi.com faq gpt-image-content-moderation, 2026-11",
        ),
    ),
    pairings=(
        Pairing(
            setting="background",
            value="transparent",
            other="output_format",
            allowed=("png", "webp"),
            reason="JPEG has no transparency",
        ),
        Pairing(
            setting="output_compression",
            value=None,
            other="output_format",
            allowed=("jpeg", "webp"),
            reason="PNG is lossless",
        ),
    ),
    endpoints=("images",),
    size_rules=SizeRules(
        multiple_of=16,
        max_edge=3840,
        max_ratio=3,
        min_pixels=655_360,
        max_pixels=8_294_400,
        presets=(
            "1024x1024",
            "1536x1024",
            "1024x1536",
            "2048x2048",
            "2048x1152",
            "3840x2160",
            "2160x3840",
        ),
        experimental_above_pixels=2560 * 1440,
    ),
    max_prompt_chars=32_000,
    max_images=16,
    mask=MaskRules(max_bytes=4_194_304),
    transparent=True,
    price=GPT_IMAGE_2,
    latencies=(
        Latency(seconds=(10, 40), quality="low"),
        Latency(seconds=(180, 300), above_pixels=2560 * 1440),
        Latency(seconds=(30, 90), quality="medium"),
        Latency(seconds=(155, 235), quality="high"),
        Latency(seconds=(30, 235)),
    ),
    timeout_seconds=360,
    long_timeout_seconds=600,
    long_wait=LongWait(qualities=("high", "auto"), above_pixels=2560 * 1440, from_images=4),
    request_id_headers=("x-request-id",),
    cannot=("a public link to the result", "a conversation (chat endpoint)"),
    source="docs.apiyi.com gpt-image-2 overview, 2026-09/11; openai SDK 3.54.0",
    checked=CHECKED,
)

_GPT_IMAGE_2_ALL = ModelSpec(
    model="gpt-image-2-all",
    summary="ChatGPT-web line: cheap, quick, strong at text and style; shape by hint only.",
    settings=(
        Setting(
            name="aspect_ratio",
            kind="choice",
            choices=("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "5:2", "2:5", "21:9"),
            sent="never",
            meaning="a hint, about 1.5 megapixels; not exact.",
            source="docs.apiyi.com gpt-image-2-all overview, 2026-07",
        ),
        _RESPONSE_FORMAT,
        _ENDPOINT,
    ),
    pairings=(
        Pairing(
            setting="endpoint",
            value="chat",
            other="response_format",
            allowed=(),
            reason="the chat endpoint chooses the form of its answer",
        ),
    ),
    endpoints=("images", "chat"),
    ratio_phrases=(
        RatioPhrase(ratio="1:1", phrase="1024×1024 方图", observed="1254x1254"),
        RatioPhrase(ratio="16:9", phrase="横版 16:9", observed="1672x941"),
        RatioPhrase(ratio="9:16", phrase="竖屏 9:16", observed="941x1672"),
        RatioPhrase(ratio="4:3", phrase="4:3", observed="1448x1086"),
        RatioPhrase(ratio="3:4", phrase="3:4", observed="1086x1448"),
        RatioPhrase(ratio="3:2", phrase="3:2 尺寸", observed="1536x1024"),
        RatioPhrase(ratio="2:3", phrase="2:3 尺寸", observed="1024x1536"),
        RatioPhrase(ratio="5:2", phrase="5:2 横屏", observed="1983x793"),
        RatioPhrase(ratio="2:5", phrase="2:5 竖屏", observed="793x1983"),
        RatioPhrase(ratio="21:9", phrase="横幅 21:9 超宽银幕", observed=""),
    ),
    max_prompt_chars=32_000,
    max_images=16,
    transparent=False,
    price=GPT_IMAGE_2_ALL,
    latencies=(Latency(seconds=(30, 90)),),
    timeout_seconds=300,
    long_timeout_seconds=300,
    long_wait=LongWait(),
    request_id_headers=("request-id",),
    cannot=("an exact size", "quality", "masks", "a transparent background", "4K"),
    source="docs.apiyi.com gpt-image-2-all overview and text-to-image, 2026-07",
    checked=CHECKED,
)

_VIP_SIZES = (
    # docs.apiyi.com knowledge-base gpt-image-2-vip-sizes, 2026-05-02
    SizeRow(size="1280x1280", ratio="1:1", tier="1K", name="Square"),
    SizeRow(size="848x1280", ratio="2:3", tier="1K", name="Portrait"),
    SizeRow(size="1280x848", ratio="3:2", tier="1K", name="Photo"),
    SizeRow(size="960x1280", ratio="3:4", tier="1K", name="Portrait"),
    SizeRow(size="1280x960", ratio="4:3", tier="1K", name="Standard"),
    SizeRow(size="1024x1280", ratio="4:5", tier="1K", name="Social"),
    SizeRow(size="1280x1024", ratio="5:4", tier="1K", name="Large"),
    SizeRow(size="720x1280", ratio="9:16", tier="1K", name="Story"),
    SizeRow(size="1280x720", ratio="16:9", tier="1K", name="Wide"),
    SizeRow(size="1280x544", ratio="21:9", tier="1K", name="Cinema"),
    SizeRow(size="2048x2048", ratio="1:1", tier="2K", name="Square"),
    SizeRow(size="1360x2048", ratio="2:3", tier="2K", name="Portrait"),
    SizeRow(size="2048x1360", ratio="3:2", tier="2K", name="Photo"),
    SizeRow(size="1536x2048", ratio="3:4", tier="2K", name="Portrait"),
    SizeRow(size="2048x1536", ratio="4:3", tier="2K", name="Standard"),
    SizeRow(size="1632x2048", ratio="4:5", tier="2K", name="Social"),
    SizeRow(size="2048x1632", ratio="5:4", tier="2K", name="Large"),
    SizeRow(size="1152x2048", ratio="9:16", tier="2K", name="Story"),
    SizeRow(size="2048x1152", ratio="16:9", tier="2K", name="Wide"),
    SizeRow(size="2048x864", ratio="21:9", tier="2K", name="Cinema"),
    SizeRow(size="2880x2880", ratio="1:1", tier="4K", name="Square"),
    SizeRow(size="2336x3520", ratio="2:3", tier="4K", name="Portrait"),
    SizeRow(size="3520x2336", ratio="3:2", tier="4K", name="Photo"),
    SizeRow(size="2480x3312", ratio="3:4", tier="4K", name="Portrait"),
    SizeRow(size="3312x2480", ratio="4:3", tier="4K", name="Standard"),
    SizeRow(size="2560x3216", ratio="4:5", tier="4K", name="Social"),
    SizeRow(size="3216x2560", ratio="5:4", tier="4K", name="Large"),
    SizeRow(size="2160x3840", ratio="9:16", tier="4K", name="Story"),
    SizeRow(size="3840x2160", ratio="16:9", tier="4K", name="Wide"),
    SizeRow(size="3840x1632", ratio="21:9", tier="4K", name="Cinema"),
)

_GPT_IMAGE_2_VIP = ModelSpec(
    model="gpt-image-2-vip",
    summary="Locked sizes up to 4K at one flat price; no quality setting, no mask.",
    settings=(
        Setting(
            name="size",
            kind="choice",
            choices=("auto", *(row.size for row in _VIP_SIZES)),
            meaning="default 2048x2048; editing: nearest to image 1.",
            # Off-table sizes were refused by the docs and rewritten in a test of 2026-09-09: the table holds.
            source="docs.apiyi.com knowledge-base gpt-image-2-vip-sizes, 2026-05-02",
        ),
        _RESPONSE_FORMAT,
        _ENDPOINT,
    ),
    pairings=(
        Pairing(
            setting="endpoint",
            value="chat",
            other="size",
            allowed=(),
            reason="the chat endpoint ignores it (notice of 2026-07-22)",
        ),
        Pairing(
            setting="endpoint",
            value="chat",
            other="response_format",
            allowed=(),
            reason="the chat endpoint chooses the form of its answer",
        ),
    ),
    endpoints=("images", "chat"),
    size_rows=_VIP_SIZES,
    default_size="2048x2048",
    max_prompt_chars=32_000,
    max_images=16,
    transparent=False,
    price=GPT_IMAGE_2_VIP,
    latencies=(Latency(seconds=(90, 200)),),
    timeout_seconds=300,
    long_timeout_seconds=600,
    long_wait=LongWait(above_pixels=2048 * 2048),
    request_id_headers=("request-id",),
    cannot=("a size outside its 30", "quality", "masks", "a transparent background"),
    source="docs.apiyi.com gpt-image-2-vip overview, 2026-07/09",
    checked=CHECKED,
)

MODELS: Final[Mapping[str, ModelSpec]] = {
    spec.model: spec for spec in (_GPT_IMAGE_2, _GPT_IMAGE_2_ALL, _GPT_IMAGE_2_VIP)
}
"""Every model by its id, in the order in which agents see them."""

DEFAULT_MODEL: Final = _GPT_IMAGE_2_ALL.model
"""The model that is asked when neither the call nor DARKROOM_MODEL names one: the cheapest and quickest."""
