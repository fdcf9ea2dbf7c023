"""The servers that are compared: what is installed, how it is started and asked for one 4K picture.

All settings are the servers' defaults but for what stands here: the address of the gateway, a folder for the pictures,
one POST for one picture, and nothing asked of any address but the gateway's.
`{folder}` and `{base_url}` are filled in for each session.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version as version_of
from typing import Any, Literal


@dataclass(frozen=True)
class Status:
    """How to ask whether a picture is done, of a server that answers before it is."""

    tool: str
    argument: str
    """The id's name, both in the first answer's JSON text and among the arguments of `tool`."""
    working: str
    """What `status` says until the picture is done."""


@dataclass(frozen=True)
class Server:
    """One server, pinned."""

    name: str
    version: str
    registry: Literal["PyPI", "npm", "this tree"]
    program: tuple[str, ...]
    """Below the folder it is installed in; for npm a file for Node to run; for this tree the whole command."""
    arguments: Mapping[str, Any]
    """Of `generate_image`, besides the prompt."""
    settings: Mapping[str, str] = field(default_factory=dict)
    extra: str = ""
    """The optional dependencies that a Python package needs to reach this gateway."""
    runtime: tuple[int, int] = (0, 0)
    """The oldest Python or Node that the package says it runs on."""
    status: Status | None = None
    has_worker: bool = False
    """Whether a second process, which outlives the session, does the work."""


DARKROOM = Server(
    name="darkroom",
    version=version_of("darkroom-mcp"),
    registry="this tree",
    program=(sys.executable, "-m", "darkroom", "serve"),
    arguments={"model": {"gpt-image-2": {"size": "3840x2160", "quality": "low"}}},
    has_worker=True,
)
OPENAI = {"OPENAI_API_KEY": "sk-test-bench", "OPENAI_BASE_URL": "{base_url}"}
FASTMCP = {"FASTMCP_CHECK_FOR_UPDATES": "off"}

SERVERS = (
    DARKROOM,
    replace(DARKROOM, name="darkroom-no-preview", settings={"DARKROOM_PREVIEW": "none"}),
    Server(
        name="mcp-image",
        version="0.14.0",
        registry="npm",
        program=("node_modules/mcp-image/dist/index.js",),
        arguments={"imageSize": "4K", "aspectRatio": "16:9"},
        settings={
            **OPENAI,
            "IMAGE_PROVIDER": "openai",
            "IMAGE_OUTPUT_DIR": "{folder}",
            "SKIP_PROMPT_ENHANCEMENT": "true",
        },
        runtime=(22, 0),
    ),
    Server(
        name="mcp-gpt-image",
        version="0.4.0",
        registry="PyPI",
        program=("mcp-gpt-image",),
        arguments={"size": "3840x2160", "quality": "low"},
        settings={**OPENAI, **FASTMCP, "GPT_IMAGE_OUTPUT_DIR": "{folder}"},
        runtime=(3, 12),
    ),
    Server(
        name="image-generation-mcp",
        version="1.12.1",
        registry="PyPI",
        program=("image-generation-mcp", "serve"),
        arguments={"provider": "openai", "resolution": "max", "aspect_ratio": "16:9"},
        settings={
            **OPENAI,
            **FASTMCP,
            "IMAGE_GENERATION_MCP_OPENAI_API_KEY": "sk-test-bench",
            "IMAGE_GENERATION_MCP_READ_ONLY": "false",
            "IMAGE_GENERATION_MCP_SCRATCH_DIR": "{folder}",
        },
        extra="openai",
        runtime=(3, 11),
        status=Status(tool="check_generation_status", argument="image_id", working="generating"),
    ),
)
