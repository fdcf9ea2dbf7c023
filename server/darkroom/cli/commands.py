"""The command group; what each command does stands in the module of its kind."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import click

from darkroom import __version__
from darkroom.cli.wording import for_shell
from darkroom.errors import DarkroomError

COMMANDS: Final[Mapping[str, str]] = {
    "serve": "running",
    "generate": "making",
    "edit": "making",
    "estimate": "looking",
    "sizes": "looking",
    "wait": "jobs",
    "cancel": "jobs",
    "images": "looking",
    "delete": "looking",
    "spend": "spend",
    "install": "install",
    "worker": "running",
    "sandbox": "running",
    "doctor": "doctor",
    "demo": "demo",
}
"""The module of each command, in the order of the help page."""


class _Commands(click.Group):
    """Commands that are imported when they are called for, so that a worker starts without what people need.

    Their anticipated errors are one sentence on standard error, never a traceback.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"darkroom.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DarkroomError as exc:
            raise click.ClickException(for_shell(str(exc))) from exc


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="darkroom")
def cli() -> None:
    """Darkroom: make and edit pictures with gpt-image-2, -all and -vip, and never lose or pay twice for one.

    Exit status: 0 done, 1 failed or refused, 2 wrong usage, 3 still working.
    """
