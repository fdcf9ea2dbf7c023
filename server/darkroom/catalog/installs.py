"""How hosts are told of a server: which file, in which form, and how the key gets through.

Places and forms agree with an independent table of hosts where it has them (all but Zed); what becomes of the key was
measured for the hosts of `catalog.hosts` and read for the others, 2026-11-22.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from darkroom.catalog import CHECKED

Value: TypeAlias = str | int | bool
Entry: TypeAlias = Mapping[str, "Value | Entry | list[Entry]"]

Platform = Literal["linux", "darwin", "win32"]

KEY: Final = "APIYI_API_KEY"
KEY_FILE: Final = "APIYI_API_KEY_FILE"

KeyRoute = Literal["inherited", "forwarded", "reference", "asked", "file"]
"""How the key reaches the server: `inherited`: the host hands its own environment on. `forwarded`: it hands on the
variables that a list names. `reference`: the entry refers to a variable of the host's environment. `asked`: the host
asks for the key and stores it. `file`: the entry names a file that holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """How one host is told of a server."""

    host: str
    """Its name in `darkroom install HOST`."""
    title: str
    files: Mapping[Platform, str]
    """The user's configuration; begins with `~` or a variable of the environment."""
    form: Literal["json", "toml"]
    place: tuple[str, ...]
    """Keys that lead to the table of servers."""
    key: KeyRoute
    key_text: str = ""
    """What stands for the key where `key` is `reference` or `asked`."""
    note: str
    """What a person has to do about the key, in words."""
    command: Literal["split", "list"] = "split"
    """`split`: `command` and `args`. `list`: all words in `command`."""
    environment: str = "env"
    """Name of the table of variables."""
    before: Entry = field(default_factory=dict[str, "Value | Entry | list[Entry]"])
    """What the entry begins with."""
    after: Entry = field(default_factory=dict[str, "Value | Entry | list[Entry]"])
    """What the entry ends with: its time-outs."""
    inputs: Entry = field(default_factory=dict[str, "Value | Entry | list[Entry]"])
    """What the host asks people for; one of the list `inputs` beside the servers."""
    link: Literal["", "cursor", "vscode"] = ""
    """The kind of link that adds the server with one click."""
    source: str
    """Where form and place of the configuration are described."""
    checked: str = CHECKED


_CALL_MS: Final = 600_000
"""Limit of one call that hosts are given where it can be set, in milliseconds: above every wait of `catalog.hosts`."""

INSTALLS: Final = (
    Install(
        host="claude-desktop",
        title="Claude Desktop",
        files={
            "darwin": "~/Library/Application Support/Claude/claude_desktop_config.json",
            "win32": "%APPDATA%/Claude/claude_desktop_config.json",
            "linux": "~/.config/Claude/claude_desktop_config.json",
        },
        form="json",
        place=("mcpServers",),
        key="file",
        note="It has no shell whose variables it could hand on. Put the key into the file that the entry names, or "
        "use the bundle, which asks for it.",
        source="modelcontextprotocol.io, connecting local servers",
    ),
    Install(
        host="claude-code",
        title="Claude Code",
        files={"darwin": "~/.claude.json", "win32": "~/.claude.json", "linux": "~/.claude.json"},
        form="json",
        place=("mcpServers",),
        key="inherited",
        note=f"It hands its environment on: set {KEY} in the shell that starts it.",
        before={"type": "stdio"},
        after={"timeout": _CALL_MS},
        source="code.claude.com/docs, MCP",
    ),
    Install(
        host="codex",
        title="Codex",
        files={"darwin": "~/.codex/config.toml", "win32": "~/.codex/config.toml", "linux": "~/.codex/config.toml"},
        form="toml",
        place=("mcp_servers",),
        key="forwarded",
        note=f"It hands nothing on but what env_vars names: set {KEY} in the shell that starts it.",
        # Its own limits are 10 s to start and 300 s a call (0.169.0); older ones had 60 s and 120 s.
        after={"startup_timeout_sec": 30, "tool_timeout_sec": _CALL_MS // 1000},
        source="developers.openai.com/codex/mcp",
    ),
    Install(
        host="cursor",
        title="Cursor",
        files={"darwin": "~/.cursor/mcp.json", "win32": "~/.cursor/mcp.json", "linux": "~/.cursor/mcp.json"},
        form="json",
        place=("mcpServers",),
        key="reference",
        key_text=f"${{env:{KEY}}}",
        note=f"The entry refers to {KEY} of the environment that Cursor was started in (not measured).",
        link="cursor",
        source="cursor.com/docs/context/mcp",
    ),
    Install(
        host="vscode",
        title="VS Code",
        files={
            "darwin": "~/Library/Application Support/Code/User/mcp.json",
            "win32": "%APPDATA%/Code/User/mcp.json",
            "linux": "~/.config/Code/User/mcp.json",
        },
        form="json",
        place=("servers",),
        key="asked",
        key_text="${input:apiyi-api-key}",
        note="It asks for the key at the first start and stores it.",
        before={"type": "stdio"},
        inputs={"type": "promptString", "id": "apiyi-api-key", "description": "APIYI API key", "password": True},
        link="vscode",
        source="code.visualstudio.com/docs/copilot/customization/mcp-servers",
    ),
    Install(
        host="gemini",
        title="Gemini CLI",
        files={
            "darwin": "~/.gemini/settings.json",
            "win32": "~/.gemini/settings.json",
            "linux": "~/.gemini/settings.json",
        },
        form="json",
        place=("mcpServers",),
        key="reference",
        key_text=f"${KEY}",
        note=f"It removes {KEY} unless the entry names it, as this one does: set it in the shell that starts it.",
        after={"timeout": _CALL_MS},
        source="gemini-cli, docs/tools/mcp-server.md",
    ),
    Install(
        host="opencode",
        title="opencode",
        files={
            "darwin": "~/.config/opencode/opencode.json",
            "win32": "~/.config/opencode/opencode.json",
            "linux": "~/.config/opencode/opencode.json",
        },
        form="json",
        place=("mcp",),
        key="inherited",
        note=f"It hands its environment on: set {KEY} in the shell that starts it.",
        command="list",
        environment="environment",
        before={"type": "local"},
        after={"enabled": True},
        source="opencode.ai/docs/mcp-servers, version 1",
    ),
    Install(
        host="zed",
        title="Zed",
        files={
            "darwin": "~/.config/zed/settings.json",
            "win32": "%APPDATA%/Zed/settings.json",
            "linux": "~/.config/zed/settings.json",
        },
        form="json",
        place=("context_servers",),
        key="file",
        note="Whether it hands its environment on depends on how it was started. Put the key into the file that the "
        "entry names.",
        before={"source": "custom"},
        source="zed.dev/docs/ai/mcp",
    ),
)
"""Every host that `darkroom install` knows, in the order of the README."""
