"""From an order and its prepared inputs to the request that is sent."""

import base64
from collections.abc import Sequence
from pathlib import Path

from darkroom.core.order import Attempt, Order
from darkroom.service.inputs import Inputs
from darkroom.wire import chat, images
from darkroom.wire.message import InputFile, WireRequest


def encode_request(order: Order, attempt: Attempt, inputs: Inputs) -> WireRequest:
    """Encode one call of `attempt`; reads the inputs where the endpoint wants them in the text."""
    if attempt.endpoint == "chat":
        return chat.encode(attempt.model, str(attempt.fields["prompt"]), _data_urls(inputs.images), inputs.turns)
    if order.operation == "edit":
        return images.encode_edit(attempt.fields, inputs.images, inputs.mask)
    return images.encode_generation(attempt.fields)


def _data_urls(files: Sequence[InputFile]) -> list[str]:
    return [
        f"data:image/{file.format};base64,{base64.b64encode(Path(file.path).read_bytes()).decode()}" for file in files
    ]
