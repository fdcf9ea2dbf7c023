"""The answer as a stream of events, for the one model whose service has it."""

import json
from typing import Any

from darkroom.catalog.spec import ModelSpec, TokenPrice
from darkroom.sandbox.call import Call
from darkroom.sandbox.checks import integer

CONTENT_TYPE = "text/event-stream"


def streams(call: Call, spec: ModelSpec) -> bool:
    """Whether `call` asked for a stream and its model has one; others ignore the field."""
    return isinstance(spec.price, TokenPrice) and call.fields.get("stream") in (True, "true")


def partial_count(call: Call, spec: ModelSpec) -> int:
    """Return how many partial pictures are sent, and billed, before the whole one."""
    return (integer(call, "partial_images") or 0) if streams(call, spec) else 0


def frames(call: Call, whole: dict[str, Any], partials: int) -> bytes:
    """Return the events of the body `whole`: the partial pictures, then the completed one with its usage."""
    kind = "image_edit" if call.endpoint == "edits" else "image_generation"
    echoed = {name: whole[name] for name in ("size", "quality", "background", "output_format") if name in whole}
    picture = {"b64_json": whole["data"][0]["b64_json"], "created_at": whole["created"], **echoed}
    events = [{"type": f"{kind}.partial_image", "partial_image_index": index, **picture} for index in range(partials)]
    events.append({"type": f"{kind}.completed", **picture, "usage": whole.get("usage")})
    return b"".join(_frame(event) for event in events)


def _frame(event: dict[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
