"""The commands."""

import sys

import click


@click.group()
def cli() -> None:
    """Make and edit pictures, and never lose or pay twice for one."""


@cli.command()
def serve() -> None:
    """Serve MCP on stdio."""
    from darkroom.app import serve_stdio

    serve_stdio()


@cli.command()
def worker() -> None:
    """Run the worker."""
    from darkroom.settings import read_settings
    from darkroom.worker import run_worker

    sys.exit(run_worker(read_settings()))
