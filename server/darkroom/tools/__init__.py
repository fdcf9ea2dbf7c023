"""What agents see: one plain function per tool, the table of them, and the boundary to MCP."""
