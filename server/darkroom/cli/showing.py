"""How things look on a terminal, and on none: consoles, progress, jobs with their pictures."""

import json
import sys
import time
import unicodedata
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from darkroom.cli.session import Answer
from darkroom.cli.wording import for_shell

PIPE_WIDTH: Final = 200
"""Columns of a table that goes into a file or pipe, where nothing else sets its width."""

LINE_SECONDS: Final = 30.0
"""Least time between two lines of progress where there is no terminal: logs are read afterwards."""

_NEVER_FULL: Final = 0.97
"""The bar stays short of its end while the picture is not there."""


def console(*, err: bool = False) -> Console:
    """Return a console for results, or for what goes beside them on standard error."""
    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    # Prompts hold brackets and colons, which are no markup.
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def plain(text: object) -> str:
    """Write text on one line without characters that steer a terminal."""
    line = (" " if unicodedata.category(char) in ("Cc", "Cf") else char for char in str(text))
    return " ".join("".join(line).split())


def told(text: object) -> str:
    """Write what a tool says on one line, in the words of a shell."""
    return for_shell(plain(text))


def print_json(value: Any) -> None:
    """Print one JSON document, and nothing else, on standard output."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    click.echo(json.dumps(value, ensure_ascii=encoding != "utf8", indent=2))


def print_answer(answer: Answer, *, as_json: bool) -> None:
    """Print an answer as JSON if that was asked for; a refusal is also told on standard error."""
    if as_json:
        print_json(answer.structured if answer.structured is not None else {"text": answer.text})
    if answer.is_refusal:
        click.echo(f"Error: {_sentence(answer)}", err=True)


def print_jobs(answer: Answer) -> None:
    """Print what became of jobs: pictures on standard output, failures and warnings on standard error."""
    out, beside = console(), console(err=True)
    for job in answer.jobs:
        for image in job["images"]:
            _print_picture(out, image)
        for failure in job.get("failures", []):
            beside.print(f"{failure['code']}: {told(failure['message'])}", style="red", soft_wrap=True)
            if "path" in failure:
                beside.print(failure["path"], soft_wrap=True)
        for warning in job.get("warnings", []):
            beside.print(f"Note: {told(warning)}", style="yellow", soft_wrap=True)
        out.print(_summary(job), style="dim", soft_wrap=True)
        if job["status"] == "working":
            beside.print(f"To come back to it: darkroom wait {job['job_id']}", soft_wrap=True)
    if answer.jobs and (answer.structured or {}).get("sandbox"):
        beside.print("Sandbox: nothing was really generated or charged.", style="yellow")


class Waiting:
    """A wait that people watch."""

    def __init__(self, bar: Progress | None, typical_seconds: float, *, quiet: bool) -> None:
        self._bar = bar
        self._task = bar.add_task("waiting", total=typical_seconds) if bar else None
        self._typical_seconds = typical_seconds
        self._began = self._spoke = time.monotonic()
        self._quiet = quiet

    def say(self, message: str) -> None:
        """Show how far it is: in the bar, or where there is none in a line now and then."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=told(message))
        elif not self._quiet and time.monotonic() - self._spoke >= LINE_SECONDS:
            self._spoke = time.monotonic()
            click.echo(told(message), err=True)

    def tick(self) -> None:
        """Move the bar to where the clock says that it should be."""
        if self._bar is not None and self._task is not None:
            gone = min(time.monotonic() - self._began, self._typical_seconds * _NEVER_FULL)
            self._bar.update(self._task, completed=gone)


@contextmanager
def waiting(answer: Answer, *, quiet: bool) -> Generator[Waiting]:
    """Show a bar on standard error while the jobs of `answer` are made; lines where there is no terminal.

    The first line names the jobs, for whoever loses the rest. `quiet` leaves out the lines, not the bar.
    """
    typical = max((job["typical_seconds"][1] for job in answer.jobs), default=60)
    beside = console(err=True)
    if not beside.is_terminal or not answer.working:
        if answer.working and not quiet:
            command = f"darkroom wait {' '.join(answer.working)}"
            click.echo(f"Working, usually for up to {typical:g} s. After an interrupt: {command}", err=True)
        yield Waiting(None, typical, quiet=quiet)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=beside, transient=True) as bar:
        yield Waiting(bar, typical, quiet=quiet)


def seconds_range(typical: Any) -> str:
    """Write two seconds as `90-200 s`."""
    return f"{typical[0]}-{typical[1]} s"


def _sentence(answer: Answer) -> str:
    """Return the words of a refusal, without the code in front that programs read."""
    error = (answer.structured or {}).get("error", {})
    return told(error.get("message") or answer.text)


def _print_picture(out: Console, image: Mapping[str, Any]) -> None:
    path = Text(image["path"])
    if out.is_terminal:
        path.stylize(f"bold link {Path(image['path']).as_uri()}")
    out.print(path, soft_wrap=True)
    facts = [f"{image['width']}x{image['height']} {image['format']}", f"{image['bytes'] / 1e6:.2f} MB"]
    facts.append(image["image_id"])
    if image["derived_from"]:
        facts.append(f"turn {image['turn']}")
    out.print(f"  {', '.join(facts)}", style="dim", soft_wrap=True)
    if "source_url" in image:
        expires = image.get("source_url_expires_at", "?")
        out.print(f"  public until {expires}: {image['source_url']}", style="dim", soft_wrap=True)


def _summary(job: Mapping[str, Any]) -> str:
    cost = job["cost"]
    money = f"${cost['charged_usd']}" if "charged_usd" in cost else f"about ${cost['estimate_usd']}"
    if cost["basis"] == "unknown":
        money += ", perhaps more: a charge is in doubt (darkroom spend)"
    return f"{job['job_id']}: {job['status']}, {job['model']}, {money}, {job['elapsed_seconds']} s"
