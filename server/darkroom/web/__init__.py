"""Streamable HTTP: one server for many callers, with a token, checked origins, signed links and uploads."""

from darkroom.web.serving import serve

__all__ = ["serve"]
