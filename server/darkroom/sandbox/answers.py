"""The body of a success: pictures as base64 or links, in the shapes of the images and the chat endpoint."""

import base64
import json
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from darkroom.catalog.spec import ModelSpec, TokenPrice
from darkroom.sandbox.call import Call
from darkroom.sandbox.cdn import Cdn
from darkroom.sandbox.streaming import CONTENT_TYPE, frames, partial_count, streams
from darkroom.sandbox.tokens import charge, usage

_NO_PICTURE: Final = "好的，请告诉我更多细节：你想要什么风格、什么尺寸的图片？"
_DOWNLOADS: Final = ("cdn-404", "cdn-slow", "cdn-flaky", "cdn-html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The pictures that a call made."""

    contents: list[bytes]
    """As they go out, whatever a trigger has made of them."""
    content_type: str
    sizes: list[tuple[int, int]]
    quality: str
    billed_pictures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A body and what it cost."""

    body: bytes
    usd: Decimal
    """List price in US dollars, before any group multiplier."""
    content_type: str = "application/json"


def answer(call: Call, spec: ModelSpec, made: Made, cdn: Cdn) -> Answer:
    """Return the JSON that a success of `call` carries, and its price."""
    references = [upload.size for upload in call.images if upload.size[0]]
    partials = partial_count(call, spec)
    used = usage(spec, call.prompt, references, made.sizes, made.quality, partials)
    usd = charge(spec, used, made.billed_pictures)
    if "zero-usage" in call.triggers:
        used = _zeroed(used)
    if call.endpoint == "chat" and "vipshape" not in call.triggers:
        whole = _chat_body(call, made, cdn, used)
    else:
        whole = _images_body(call, spec, made, cdn) | {"usage": used}
    if "no-usage" in call.triggers:
        del whole["usage"]
    if streams(call, spec) and whole["data"]:
        return Answer(body=frames(call, whole, partials), usd=usd, content_type=CONTENT_TYPE)
    return Answer(body=json.dumps(whole, ensure_ascii=False).encode(), usd=usd)


def _zeroed(used: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _zeroed(cast("dict[str, Any]", value)) if isinstance(value, dict) else 0 for name, value in used.items()
    }


def _images_body(call: Call, spec: ModelSpec, made: Made, cdn: Cdn) -> dict[str, Any]:
    rows = [_row(call, spec, made, content, cdn) for content in made.contents]
    whole: dict[str, Any] = {"created": int(time.time()), "data": [] if "text" in call.triggers else rows}
    if isinstance(spec.price, TokenPrice) and call.options.echo_fields:
        width, height = made.sizes[0]
        whole |= {
            "background": call.fields.get("background") or "opaque",
            "output_format": made.content_type.removeprefix("image/"),
            "quality": made.quality,
            "size": f"{width}x{height}",
        }
    return whole


def _row(call: Call, spec: ModelSpec, made: Made, content: bytes, cdn: Cdn) -> dict[str, str]:
    if _wants_link(call, spec):
        return {"url": _put(call, made, content, cdn)}
    text = base64.b64encode(content).decode()
    prefixed = "prefix" in call.triggers or (
        call.options.b64_prefix == "data" and not isinstance(spec.price, TokenPrice)
    )
    # The service writes image/png whatever the bytes are.
    return {"b64_json": f"data:image/png;base64,{text}" if prefixed else text}


def _wants_link(call: Call, spec: ModelSpec) -> bool:
    if "url" in call.triggers:
        return True
    if "b64" in call.triggers or isinstance(spec.price, TokenPrice):
        return False
    if call.endpoint == "chat":
        return True
    return (call.fields.get("response_format") or call.options.response_format) == "url"


def _put(call: Call, made: Made, content: bytes, cdn: Cdn) -> str:
    kept = {name: call.triggers[name] for name in _DOWNLOADS if name in call.triggers}
    return call.origin + cdn.put(content, made.content_type, call.options.url_ttl_seconds, kept)


def _chat_body(call: Call, made: Made, cdn: Cdn, used: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{call.call_id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": call.fields["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": _chat_content(call, made, cdn)},
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": used["input_tokens"],
            "completion_tokens": used["output_tokens"],
            "total_tokens": used["total_tokens"],
        },
    }


def _chat_content(call: Call, made: Made, cdn: Cdn) -> str | list[dict[str, Any]]:
    if "text" in call.triggers:
        return _NO_PICTURE
    content = made.contents[0]
    if "datauri" in call.triggers:
        return f"![image](data:{made.content_type};base64,{base64.b64encode(content).decode()})\n\n"
    link = _put(call, made, content, cdn)
    if "bare-url" in call.triggers:
        return f"Here is your image: {link}\n"
    if "list-parts" in call.triggers:
        return [
            {"type": "text", "text": "Here is your image:"},
            {"type": "image_url", "image_url": {"url": link}},
        ]
    return f"![image]({link})\n\n"
