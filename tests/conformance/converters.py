"""Runs in an environment of its own: what three vendors' own converters make of the tool list on stdin."""

import asyncio
import json
import sys
from types import SimpleNamespace

from agents.mcp.util import MCPUtil
from anthropic.lib.tools.mcp import mcp_tool
from google.genai import _mcp_utils as google_mcp
from google.genai import types as google_types
from mcp_types import Tool

tools = [Tool.model_validate(row) for row in json.load(sys.stdin)]
made = {"openai": [], "anthropic": [], "google": []}
for tool in tools:
    for strict in (False, True):
        function = MCPUtil.to_function_tool(tool, SimpleNamespace(name="darkroom"), convert_schemas_to_strict=strict)
        assert function.params_json_schema["type"] == "object"
    made["openai"].append(function.name)
print(json.dumps(made))
