"""A bare server with one tool on the same SDK: the floor of every start-up time."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("bare", version="1")


@server.tool()
async def echo(text: str) -> str:
    """Return the text."""
    return text


if __name__ == "__main__":
    server.run("stdio")
