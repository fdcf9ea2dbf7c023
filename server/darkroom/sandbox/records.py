"""What the ledger holds of a call: everything that was sent, with pictures as fingerprints and no key."""

import hashlib
from typing import Any, cast

from darkroom.sandbox import triggers
from darkroom.sandbox.call import Call, Upload


def entry_of(call: Call) -> dict[str, Any]:
    """Return the ledger's first half of `call`: what was asked."""
    strange = triggers.unknown(call.prompt)
    return {
        "endpoint": call.endpoint,
        "model": call.fields.get("model"),
        "key": call.label,
        "request_id": call.request_id,
        "prompt": call.prompt,
        "triggers": call.triggers,
        **({"unknown_triggers": strange} if strange else {}),
        "fields": shortened(call.fields),
        "parts": [_part(upload) for upload in call.uploads],
    }


def shortened(value: object) -> Any:
    """Return `value` with every data URL replaced by its type, length and SHA-256."""
    if isinstance(value, str) and value.startswith("data:"):
        head = value.partition(",")[0]
        return f"{head},sha256={hashlib.sha256(value.encode()).hexdigest()},chars={len(value)}"
    if isinstance(value, dict):
        return {name: shortened(inner) for name, inner in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [shortened(inner) for inner in cast("list[object]", value)]
    return value


def _part(upload: Upload) -> dict[str, Any]:
    return {
        "field": upload.field,
        "filename": upload.filename,
        "content_type": upload.content_type,
        "bytes": len(upload.content),
        "sha256": upload.sha256,
        "format": upload.format,
        "width": upload.size[0],
        "height": upload.size[1],
        "mode": upload.mode,
        "alpha": list(upload.alpha) if upload.alpha else None,
    }
