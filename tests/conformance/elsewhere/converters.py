"""Runs in an environment of its own: what three vendors' own converters make of the tool list on stdin."""

import json
import sys
from types import SimpleNamespace

from agents.mcp import MCPServerStdio
from agents.mcp.util import MCPUtil
from anthropic.lib.tools.mcp import mcp_tool
from google.genai import _mcp_utils as google_mcp
from mcp_types import Tool

tools = [Tool.model_validate(row) for row in json.load(sys.stdin)]
server = MCPServerStdio({"command": "darkroom"})
made = {"openai": [], "openai strict": [], "anthropic": [], "google": []}
for tool in tools:
    for name, strict in (("openai", False), ("openai strict", True)):
        function = MCPUtil.to_function_tool(tool, server, strict)
        made[name].append(function.params_json_schema["properties"])
    made["anthropic"].append(mcp_tool(tool, SimpleNamespace()).to_dict()["input_schema"]["properties"])
    [declared] = google_mcp.mcp_to_gemini_tool(tool).function_declarations
    made["google"].append(dict.fromkeys(declared.parameters.properties))
print(json.dumps({vendor: [sorted(properties) for properties in rows] for vendor, rows in made.items()}))
