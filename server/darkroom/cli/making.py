"""Commands that make pictures: submit first, then wait where people can watch."""

import sys
from collections.abc import Mapping
from typing import Any

import anyio
import click

from darkroom.catalog.models import MODELS
from darkroom.cli.options import (
    REGION_FORM,
    as_json,
    deliver_option,
    given,
    local_source,
    model_settings,
    one_model,
    read_region,
    settings_options,
)
from darkroom.cli.session import Answer, Tools, exit_status, run
from darkroom.cli.showing import Waiting, print_answer, print_jobs, told, waiting

_TICK_SECONDS = 0.2


def _making_options(command: Any) -> Any:
    for option in (
        click.option("--model", metavar="NAME", help=f"One of {', '.join(MODELS)}; default DARKROOM_MODEL."),
        settings_options,
        click.option("--count", type=int, help="Pictures, each billed; default 1."),
        click.option("--save-to", help="Folder or file name; a relative one stands in the output folder."),
        deliver_option,
        click.option(
            "--fallback", multiple=True, metavar="MODEL", help="Model to try after a free failure; repeatable."
        ),
        click.option("--variation", type=int, help="Another number asks for another picture of the same request."),
        click.option("--wait/--no-wait", "waits", default=True, help="Wait to the end (default), or come back later."),
        as_json,
    ):
        command = option(command)
    return command


@click.command()
@click.argument("prompt")
@_making_options
def generate(prompt: str, **options: Any) -> None:
    """Make new pictures from PROMPT. Costs money, unless the sandbox is on."""
    _make("generate_image", {"prompt": prompt}, options)


@click.command()
@click.argument("prompt")
@click.argument("images", nargs=-1, required=True)
@click.option("--mask", help="PNG whose transparent part may change, or two-tone picture whose white may.")
@click.option("--region", "regions", multiple=True, metavar="REGION", help=REGION_FORM)
@click.option("--keep-outside", is_flag=True, help="Put the untouched part of image 1 back, pixel for pixel.")
@_making_options
def edit(prompt: str, images: tuple[str, ...], **options: Any) -> None:
    """Change IMAGES as PROMPT says.

    Each is a path, an https or data URL, or an image id. Costs money, unless the sandbox is on.
    """
    arguments = {"prompt": prompt, "images": [local_source(image) for image in images]}
    mask = options.pop("mask")
    regions = [read_region(text) for text in options.pop("regions")]
    arguments |= given(
        mask=local_source(mask) if mask is not None else None, regions=regions, keep_outside=options.pop("keep_outside")
    )
    _make("edit_image", arguments, options)


def _make(tool: str, arguments: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    settings = model_settings(options["pairs"], options)
    request = {
        **arguments,
        **one_model(options["model"], settings),
        **given(
            count=options["count"],
            save_to=options["save_to"],
            deliver=options["deliver"],
            fallback=list(options["fallback"]),
            variation=options["variation"],
        ),
        # Answered at once, so that whoever interrupts the wait is told the job's id.
        "wait_seconds": 0,
    }

    async def work(tools: Tools) -> Answer:
        answer = await tools.call(tool, request)
        for job in answer.jobs if answer.working else ():
            for warning in job.get("warnings", []):
                click.echo(f"Note: {told(warning)}", err=True)
        return await watched(tools, answer, quiet=options["as_json"]) if options["waits"] else answer

    finish(run(work), as_json=options["as_json"])


async def watched(tools: Tools, answer: Answer, *, quiet: bool, any_will_do: bool = False) -> Answer:
    """Wait for the jobs of `answer` to end, with a bar."""
    with waiting(answer, quiet=quiet) as wait:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_ticking, wait)
            answer = await tools.see_to_end(answer, wait.say, any_will_do=any_will_do)
            tasks.cancel_scope.cancel()
    return answer


def finish(answer: Answer, *, as_json: bool) -> None:
    """Print what became of jobs and end with the status that says so."""
    print_answer(answer, as_json=as_json)
    if not as_json:
        print_jobs(answer)
    sys.exit(exit_status(answer))


async def _ticking(wait: Waiting) -> None:
    while True:
        wait.tick()
        await anyio.sleep(_TICK_SECONDS)
