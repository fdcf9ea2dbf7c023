"""Batches: several JSON-RPC messages in one line, which one version of the protocol had, 2025-03-26.

The SDK does not read them. Their answers go out one by one, which that version allows.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, cast

from mcp_types import JSONRPCMessage, JSONRPCRequest, jsonrpc_message_adapter
from pydantic import ValidationError

BATCH_VERSION: Final = "2025-03-26"


def asks_for_batches(message: JSONRPCMessage) -> bool:
    """Whether this is the handshake of a host that may send batches."""
    if not isinstance(message, JSONRPCRequest) or message.method != "initialize":
        return False
    return (message.params or {}).get("protocolVersion") == BATCH_VERSION


def messages_of(exc: Exception) -> Sequence[JSONRPCMessage]:
    """Return the messages of a line that could not be read as one; none if it is no batch, or one of them is none."""
    line = exc.errors()[0]["input"] if isinstance(exc, ValidationError) else None
    try:
        # A value that is no message has been parsed already; the text of a line has not.
        found: object = json.loads(line) if isinstance(line, (str, bytes)) else line
        items = cast("list[Any]", found) if isinstance(found, list) else []
        return [jsonrpc_message_adapter.validate_python(item, by_name=False) for item in items]
    except (ValueError, RecursionError):
        return []
