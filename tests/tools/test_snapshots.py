"""What hosts see of the tools, one JSON file each; `make snapshots` accepts a change on purpose."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp_types import Tool

from counting import o200k_tokens
from darkroom.app import INSTRUCTIONS, create_server
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = bool(os.environ.get("UPDATE_SNAPSHOTS"))
MOST_TOKENS = 3000
"""For all tools together: what a host pays for them in every conversation."""

READING = {"wait_for_jobs", "list_sizes", "estimate_cost", "list_images", "view_image"}
PAYING = {"generate_image", "edit_image"}


@pytest.fixture
async def listed(environment: dict[str, str]) -> list[Tool]:
    """Return the tools as a client receives them."""
    async with Client(create_server(Surroundings(front=Front(read_settings(environment))))) as client:
        return (await client.list_tools()).tools


def seen(tool: Tool) -> dict[str, Any]:
    """Return what a host reads of a tool."""
    return tool.model_dump(mode="json", by_alias=True, exclude_none=True)


def compact(value: object) -> str:
    """Write a value as a host would put it before its model."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.requirement("tools:contract")
@pytest.mark.anyio
async def test_each_tool_is_what_hosts_were_told_it_is(listed: list[Tool]) -> None:
    wanted = {f"{tool.name}.json": json.dumps(seen(tool), ensure_ascii=False, indent=2) + "\n" for tool in listed}
    if UPDATE:
        SNAPSHOTS.mkdir(exist_ok=True)
        for stray in SNAPSHOTS.glob("*.json"):
            stray.unlink()
        for name, text in wanted.items():
            (SNAPSHOTS / name).write_text(text, encoding="utf-8")
    found = {path.name: path.read_text(encoding="utf-8") for path in SNAPSHOTS.iterdir()}
    assert found == wanted, "The tool list has changed. If it should, run `make snapshots`."


@pytest.mark.requirement("tools:tokens")
@pytest.mark.anyio
async def test_all_tools_together_cost_a_conversation_little(listed: list[Tool]) -> None:
    shown = [(tool.name, tool.description, tool.input_schema) for tool in listed]
    sizes = {
        name: o200k_tokens(compact({"name": name, "description": text, "inputSchema": schema}))
        for name, text, schema in shown
    }
    print(f"tools: {sum(sizes.values())} o200k tokens, {sizes}")
    assert sum(sizes.values()) <= MOST_TOKENS


@pytest.mark.requirement("tools:contract")
@pytest.mark.anyio
async def test_every_tool_has_a_name_a_title_and_words_that_any_host_takes(listed: list[Tool]) -> None:
    assert len({tool.name for tool in listed}) == len(listed)
    for tool in listed:
        description = tool.description or ""
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", tool.name)
        assert tool.title
        assert 20 <= len(description.encode()) <= 2048
        assert not re.search(r"^ ", description, re.MULTILINE), "indented as in the source"
        noun = {"jobs": "job", "sizes": "size", "images": "image"}
        words = [noun.get(word, word) for word in tool.name.split("_") if word != "for"]
        first = description.split(". ")[0].lower()
        assert any(word in first for word in words), "the first sentence says what is searched for"


@pytest.mark.requirement("tools:hints")
@pytest.mark.anyio
async def test_every_hint_is_set_on_purpose(listed: list[Tool]) -> None:
    for tool in listed:
        hints = tool.annotations
        assert hints is not None
        assert hints.read_only_hint is (tool.name in READING)
        assert hints.destructive_hint is (tool.name == "cancel_job")
        assert hints.open_world_hint is (tool.name in PAYING)
        assert hints.idempotent_hint is (tool.name not in PAYING)


@pytest.mark.requirement("tools:contract")
@pytest.mark.anyio
async def test_a_tool_that_costs_money_says_so_and_one_that_does_not_too(listed: list[Tool]) -> None:
    for tool in listed:
        if tool.name in PAYING:
            assert "Costs money" in (tool.description or "")
        elif tool.name != "cancel_job":
            assert "Free" in (tool.description or "")


def test_the_instructions_are_short_and_name_the_way_back_to_a_picture() -> None:
    assert len(INSTRUCTIONS.encode()) < 2048
    for name in ("wait_for_jobs", "list_images", "estimate_cost", "list_sizes", "view_image"):
        assert name in INSTRUCTIONS
