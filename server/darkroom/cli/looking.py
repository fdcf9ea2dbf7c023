"""Commands that look at prices, sizes and the library; and the one that takes a picture out of it."""

import sys
from typing import Any

import anyio
import click

from darkroom.catalog.models import MODELS
from darkroom.cli.options import (
    as_json,
    deliver_option,
    given,
    local_source,
    model_settings,
    settings_options,
)
from darkroom.cli.session import FAILED, run
from darkroom.cli.showing import console, print_answer, print_json, told
from darkroom.cli.tables import estimates_table, images_lines, jobs_table, sizes_tables
from darkroom.service.front import Front
from darkroom.settings import read_settings


def _look(tool: str, arguments: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    """Call a tool that only looks; end here if it refuses or if JSON was asked for."""
    answer = run(lambda tools: tools.call(tool, arguments))
    print_answer(answer, as_json=as_json)
    if answer.is_error or as_json:
        sys.exit(FAILED if answer.is_error else 0)
    return dict(answer.structured or {})


@click.command()
@click.argument("prompt")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Model to price; repeatable, default all.")
@settings_options
@click.option("--count", type=int, help="Pictures, each billed; default 1.")
@click.option("--image", "images", multiple=True, help="Input picture of an edit; repeatable.")
@click.option("--mask", help="Mask of an edit.")
@deliver_option
@as_json
def estimate(prompt: str, models: tuple[str, ...], pairs: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Price PROMPT on each model before it is spent. Free, no key needed."""
    settings = model_settings(pairs, options)
    named = models or ((read_settings().model,) if settings else ())
    arguments = {
        "prompt": prompt,
        **given(
            model=dict.fromkeys(named, settings),
            count=options["count"],
            images=[local_source(image) for image in options["images"]],
            mask=options["mask"],
            deliver=options["deliver"],
        ),
    }
    if not named:
        arguments.pop("model", None)
    found = _look("estimate_cost", arguments, as_json=as_json)
    out = console()
    out.print(estimates_table(found["estimates"]))
    for row in found["estimates"]:
        for problem in row["problems"]:
            out.print(f"{row['model']}: {told(problem)}", style="yellow", soft_wrap=True)
    if "budget_left_usd" in found:
        out.print(f"Left of the budget for 24 hours: ${found['budget_left_usd']}.")
    out.print(f"Prices of {found['checked']}.", style="dim")


@click.command()
@click.option("--model", metavar="NAME", help=f"One of {', '.join(MODELS)}; default all.")
@click.option("--aspect-ratio", metavar="W:H", help="Only sizes of this shape, for example 16:9.")
@as_json
def sizes(model: str | None, aspect_ratio: str | None, as_json: bool) -> None:
    """List the sizes of each model with their prices. Free, no key needed."""
    found = _look("list_sizes", given(model=model, aspect_ratio=aspect_ratio), as_json=as_json)
    out = console()
    for title, table in sizes_tables(found["models"]):
        out.print(told(title), style="bold", soft_wrap=True)
        out.print(table if table.row_count else f"  none of the shape {aspect_ratio}\n")
    out.print(f"Prices of {found['checked']}.", style="dim")


@click.command()
@click.option("--limit", type=int, help="Rows; default 20.")
@click.option("--before", help="Mark of the next page, as the last page gave it.")
@click.option("--image-id", help="Show the whole family of this picture.")
@click.option("--status", metavar="STATUS", help="Only jobs that are working, completed, failed or cancelled.")
@as_json
def images(as_json: bool, **options: Any) -> None:
    """List pictures made before, newest first.

    Jobs that work or failed as well. Free, no key needed.
    """
    found = _look("list_images", given(**options), as_json=as_json)
    out = console()
    if found["images"]:
        if found.get("sandbox"):
            out.print("Sandbox: nothing of this was charged.", style="yellow")
        for facts, place in images_lines(found["images"]):
            out.print(facts, no_wrap=True, overflow="ellipsis")
            if place:
                out.print(f"  {place}", style="dim", soft_wrap=True)
    if found["jobs"]:
        out.print(jobs_table(found["jobs"]))
    if not found["images"] and not found["jobs"]:
        out.print("Nothing yet.")
    if found.get("next_before"):
        out.print(f"More: darkroom images --before {found['next_before']}", style="dim", soft_wrap=True)


@click.command()
@click.argument("image_ids", nargs=-1, required=True, metavar="IMAGE_ID...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def delete(image_ids: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Remove pictures, files and all.

    What they cost stays in the books. Pictures that were made from them stay, and still name them as their origin.
    """
    front = Front(read_settings())
    found = [anyio.run(front.image, image_id) for image_id in dict.fromkeys(image_ids)]
    if not yes:
        for image in found:
            click.echo(image.path, err=True)
        click.confirm(
            f"Remove {'this picture' if len(found) == 1 else f'these {len(found)} pictures'}?", abort=True, err=True
        )
    removed = [path for image in found for path in anyio.run(front.delete, image.image_id)]
    if as_json:
        print_json({"deleted": [image.image_id for image in found], "files": removed})
        return
    for path in removed:
        click.echo(f"removed {path}")
