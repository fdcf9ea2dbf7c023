"""Commands that run a process: the server, the worker, the sandbox."""

import sys
from pathlib import Path

import click


@click.command()
@click.option("--http", is_flag=True, help="Serve Streamable HTTP instead of stdio.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on, with --http.")
@click.option("--port", default=8765, show_default=True, help="Port to listen on, with --http.")
def serve(http: bool, host: str, port: int) -> None:
    """Serve MCP on stdin and stdout, or over HTTP."""
    if http:
        _serve_http(host, port)
        return
    from darkroom.app import serve_stdio

    serve_stdio()


def _serve_http(host: str, port: int) -> None:
    from darkroom.settings import read_settings
    from darkroom.web import serve as serve_http

    serve_http(read_settings(), host, port)


@click.command()
def worker() -> None:
    """Run the worker until it is idle. Hosts start it by themselves; this is for watching it."""
    from darkroom.settings import read_settings
    from darkroom.worker import run_worker

    sys.exit(run_worker(read_settings()))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8766, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--time-scale", default=1.0, show_default=True, help="Factor on every latency; 0 is no delay at all.")
@click.option("--ledger", type=click.Path(path_type=Path, dir_okay=False), help="File that each call is written to.")
@click.option("--triggers", is_flag=True, help="List the words in double brackets that a prompt can use, and end.")
def sandbox(host: str, port: int, time_scale: float, ledger: Path | None, triggers: bool) -> None:
    """Run a gateway that draws pictures for nothing.

    It speaks HTTP as the real one does, until it is interrupted. It draws a stock landscape of the ordered size (for
    an edit: image 1, tinted) with the prompt written on it. Words such as [[503-twice]] or [[drop-mid-body]] in a
    prompt make it fail in a chosen way: --triggers lists them, and so does docs/sandbox.md of the source.
    """
    if triggers:
        _list_triggers()
        return
    from darkroom.sandbox.options import Options
    from darkroom.sandbox.server import serve as serve_sandbox

    def ready(address: str) -> None:
        click.echo(f"The sandbox listens. To use it: DARKROOM_SANDBOX={address}", err=True)

    try:
        serve_sandbox(host, port, Options(time_scale=time_scale, ledger_path=ledger), ready)
    except OSError as exc:
        raise click.ClickException(f"{host}:{port} cannot be listened on ({exc.strerror or exc}).") from exc


def _list_triggers() -> None:
    from darkroom.sandbox.triggers import listed

    rows = listed()
    width = max(len(word) for word, _ in rows)
    for word, does in rows:
        click.echo(f"{word:<{width}}  {does}")
