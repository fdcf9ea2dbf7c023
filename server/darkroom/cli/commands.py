"""The command group; what each command does stands in the module of its kind."""

from typing import Any

import click

from darkroom import __version__
from darkroom.cli.demo import demo
from darkroom.cli.doctor import doctor
from darkroom.cli.jobs import cancel, wait
from darkroom.cli.looking import delete, estimate, images, sizes
from darkroom.cli.making import edit, generate
from darkroom.cli.running import sandbox, serve, worker
from darkroom.cli.spend import spend
from darkroom.errors import DarkroomError


class _Commands(click.Group):
    """Commands whose anticipated errors are one sentence on standard error, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DarkroomError as exc:
            raise click.ClickException(str(exc)) from exc


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="darkroom")
def cli() -> None:
    """Make and edit pictures, and never lose or pay twice for one.

    Exit status: 0 done, 1 failed or refused, 2 wrong usage, 3 still working.
    """


for _command in (
    serve,
    generate,
    edit,
    estimate,
    sizes,
    wait,
    cancel,
    images,
    delete,
    spend,
    worker,
    sandbox,
    doctor,
    demo,
):
    cli.add_command(_command)
