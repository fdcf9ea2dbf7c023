"""`python -m darkroom` and the commands `darkroom` and `darkroom-mcp`."""

import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["serve"]:  # the way in which hosts start it: nothing that only people need is imported
        serve()
        return
    from darkroom.cli.commands import cli

    cli()


def serve() -> None:
    """Serve MCP on stdio."""
    from darkroom.app import serve_stdio

    serve_stdio()


if __name__ == "__main__":
    main()
