"""Runs in an environment of its own, with the Python SDK before 2: subscribes, lists, makes, looks, reads; as JSON."""

import asyncio
import json
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import ResourceUpdatedNotification, ServerNotification
from pydantic import AnyUrl


async def main(command: str) -> None:
    server = StdioServerParameters(command=command, args=["-m", "darkroom", "serve"], env=dict(os.environ))
    heard: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        heard.append(done)

    updated = asyncio.Event()

    async def listen(message: object) -> None:
        if isinstance(message, ServerNotification) and isinstance(message.root, ResourceUpdatedNotification):
            updated.set()

    async with (
        stdio_client(server) as (reading, writing),
        ClientSession(reading, writing, message_handler=listen) as session,
    ):
        hello = await session.initialize()
        await session.subscribe_resource(AnyUrl("darkroom://images"))
        tools = await session.list_tools()
        made = await session.call_tool("generate_image", {"prompt": "an old client"}, progress_callback=progress)
        image = made.structuredContent["jobs"][0]["images"][0]
        looked = await session.call_tool("view_image", {"image_id": image["image_id"]})
        read = await session.read_resource(image["uri"])
        prompts = await session.list_prompts()
        await asyncio.wait_for(updated.wait(), 30)
    print(
        json.dumps(
            {
                "version": hello.protocolVersion,
                "tools": len(tools.tools),
                "made": [block.type for block in made.content],
                "progress": len(heard),
                "looked": [block.type for block in looked.content],
                "read": read.contents[0].mimeType,
                "prompts": len(prompts.prompts),
            }
        )
    )


asyncio.run(main(sys.argv[1]))
