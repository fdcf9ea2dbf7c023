"""Our icon and those of the tools, small enough to go along with every answer that says who we are."""

import base64
from collections.abc import Mapping
from typing import Final

from mcp_types import Icon

_FRAME: Final = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{}</svg>'
_LINES: Final = '<path d="{}" fill="none" stroke="#c33" stroke-width="2"/>'

_OURS: Final = (
    '<rect width="24" height="24" rx="5" fill="#611"/><circle cx="12" cy="12" r="6" fill="#f43"/>'
    '<circle cx="12" cy="12" r="2" fill="#611"/>'
)
"""The red lamp of a darkroom."""

_SHAPES: Final[Mapping[str, str]] = {
    "generate_image": "M3 5h18v14H3zM12 9v6M9 12h6",
    "edit_image": "M4 20l4-1L19 8l-3-3L5 16z",
    "wait_for_jobs": "M12 3a9 9 0 1 0 .1 0M12 7v5l4 2",
    "list_sizes": "M4 20V4h4v16h6V9h4v11z",
    "estimate_cost": "M12 3v18M16 7H10a2 2 0 0 0 0 5h4a2 2 0 0 1 0 5H8",
    "list_images": "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
    "view_image": "M2 12s4-6 10-6 10 6 10 6-4 6-10 6-10-6-10-6M12 10a2 2 0 1 0 .1 0",
    "cancel_job": "M5 5l14 14M19 5L5 19",
}


def server_icons() -> list[Icon]:
    """Return the icon of the server."""
    return [_icon(_FRAME.format(_OURS))]


def tool_icons(name: str) -> list[Icon]:
    """Return the icon of a tool; hosts show it to people, no model reads it."""
    return [_icon(_FRAME.format(_LINES.format(_SHAPES[name])))]


def _icon(svg: str) -> Icon:
    encoded = base64.b64encode(svg.encode()).decode()
    return Icon(src=f"data:image/svg+xml;base64,{encoded}", mime_type="image/svg+xml", sizes=["any"])
