"""The doctor: looks at everything that a picture needs, and says what to do."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

import click

from darkroom import __version__
from darkroom.cli.findings import Finding, Level, fail, healthy
from darkroom.cli.options import as_json
from darkroom.cli.showing import console, plain, print_json
from darkroom.errors import SettingsError
from darkroom.settings import read_settings

_STYLES: Final[dict[Level, str]] = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check what a picture needs, and say what to do.

    Key, gateway, folders, database, worker, money. Free. The key is never shown.
    """
    findings = list(examine())
    if as_json:
        print_json(
            {"version": __version__, "healthy": healthy(findings), "findings": [asdict(one) for one in findings]}
        )
    else:
        _print(findings)
    sys.exit(0 if healthy(findings) else 1)


def examine() -> Iterator[Finding]:
    """Check one thing after the other; the first ones are those that others rest on."""
    from darkroom.cli.check_gateway import check_gateway
    from darkroom.cli.check_settings import check_settings
    from darkroom.cli.check_state import check_state

    try:
        settings = read_settings()
    except SettingsError as exc:
        yield fail("settings", str(exc), "Nothing else can be looked at before.")
        return
    yield from check_settings(settings)
    yield from check_gateway(settings)
    yield from check_state(settings)


def _print(findings: list[Finding]) -> None:
    out = console()
    out.print(f"darkroom {__version__}")
    for one in findings:
        out.print(f"{one.level:<4}", style=_STYLES[one.level], end=" ")
        out.print(f"{one.about}: {plain(one.found)}", soft_wrap=True)
        if one.advice:
            out.print(f"     -> {plain(one.advice)}", soft_wrap=True)
    out.print("Everything that a picture needs is there." if healthy(findings) else "Something is in the way.")
