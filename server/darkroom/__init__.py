"""Darkroom: an MCP server through which agents make and edit pictures."""

__version__ = "0.1.0"
