"""Hosts that Darkroom runs in: how long they wait and what they do to a server's surroundings.

Measured 2026-11-22 against a stdio server on mcp 2.3.0; `client` is the name a host gives on the wire.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Block: TypeAlias = Literal["text", "image", "link", "structure"]
"""A part of a tool result: text, picture, link to a resource, or `structuredContent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What one host does with a tool call."""

    client: str
    """`clientInfo.name` as seen on the wire."""

    title: str

    default_wait_seconds: int
    """How long a call waits for its pictures when nothing is asked for."""

    max_wait_seconds: int
    """Longest wait that stays under the host's own limit."""

    limit: str
    """The host's limit on one tool call, in words."""

    injected_arguments: tuple[str, ...] = ()
    """Arguments that the host adds to calls by itself."""

    environment: str = ""
    """What the host does to the environment of a server, and the way out."""

    shows: tuple[Block, ...] = ()
    """What the host shows its model of a result that has all four; empty if nobody has looked."""

    tool_prefix: str = ""
    """What the host puts before the name of a tool; empty if nobody has looked."""

    max_name_chars: int | None = None
    """Longest name of a tool with its prefix; None if no limit is known."""


UNKNOWN_HOST: Final = Host(
    client="",
    title="a host that is not in the table",
    default_wait_seconds=45,
    max_wait_seconds=55,
    limit="unknown; many give up after 60 s",
)

HOSTS: Final = (
    Host(
        client="claude-code",
        title="Claude Code",
        default_wait_seconds=240,
        max_wait_seconds=280,
        limit="none seen at 620 s (2.1.330); MCP_TOOL_TIMEOUT sets one",
        shows=("image", "link", "structure"),
        tool_prefix="mcp__darkroom__",
        max_name_chars=128,
    ),
    Host(
        client="codex-mcp-client",
        title="Codex CLI",
        default_wait_seconds=240,
        max_wait_seconds=280,
        limit="300 s (0.169.0); tool_timeout_sec sets it",
        environment='passes nothing by itself: add env_vars = ["APIYI_API_KEY"] to its settings',
        shows=("structure",),
        tool_prefix="mcp__darkroom",
    ),
    Host(
        client="gemini-cli-mcp-client",
        title="Gemini CLI",
        default_wait_seconds=240,
        max_wait_seconds=280,
        limit="600 s (0.61.0); timeout sets it",
        injected_arguments=("wait_for_previous",),
        environment='removes APIYI_API_KEY unless its settings name it: "env": {"APIYI_API_KEY": "$APIYI_API_KEY"}',
        shows=("text", "image", "link"),
        tool_prefix="mcp_darkroom_",
        max_name_chars=63,
    ),
    Host(
        client="opencode",
        title="opencode",
        default_wait_seconds=45,
        max_wait_seconds=55,
        limit="60 s without progress (1.18.33)",
        shows=("text", "image"),
        tool_prefix="darkroom_",
    ),
    Host(
        client="claude-ai",
        title="Claude Desktop",
        default_wait_seconds=45,
        max_wait_seconds=55,
        limit="60 s in some builds, 4 min in others, fixed (threads, 2026)",
    ),
)

STRICTEST_NAME_CHARS: Final = 60
"""Longest name of server and tool together that every host takes: Cursor's (easymanage.com, 2026)."""

NAME_PATTERN: Final = r"[A-Za-z0-9_-]{1,64}"
"""Names of tools that every vendor's API takes; Gemini CLI adds that a server's name holds no underscore."""

INJECTED_ARGUMENTS: Final = frozenset(name for host in HOSTS for name in host.injected_arguments)
"""Arguments that hosts add to calls by themselves; dropped, not refused."""
