"""Commands for jobs that are under way."""

import sys

import anyio
import click

from darkroom.cli.making import finish, watched
from darkroom.cli.options import as_json
from darkroom.cli.session import FAILED, STILL_WORKING, Answer, Tools, run
from darkroom.cli.showing import print_answer, print_jobs


@click.command()
@click.argument("job_ids", nargs=-1, required=True, metavar="JOB...")
@click.option("--any", "any_will_do", is_flag=True, help="Come back when one of them has ended.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Come back after this long at the latest.")
@as_json
def wait(job_ids: tuple[str, ...], any_will_do: bool, seconds: float | None, as_json: bool) -> None:
    """Wait for jobs to end and print their pictures. Free."""

    async def work(tools: Tools) -> Answer:
        answer = await tools.call("wait_for_jobs", {"job_ids": list(job_ids), "wait_seconds": 0})
        with anyio.move_on_after(seconds if seconds is not None else float("inf")) as limit:
            answer = await watched(tools, answer, quiet=as_json, any_will_do=any_will_do)
        if limit.cancelled_caught:
            answer = await tools.call("wait_for_jobs", {"job_ids": list(job_ids), "wait_seconds": 0})
        return answer

    finish(run(work), as_json=as_json)


@click.command()
@click.argument("job_id", metavar="JOB")
@as_json
def cancel(job_id: str, as_json: bool) -> None:
    """Drop the calls of JOB that were not sent.

    Those that were are charged, go on and are saved.
    """
    answer = run(lambda tools: tools.call("cancel_job", {"job_id": job_id}))
    print_answer(answer, as_json=as_json)
    if not as_json:
        print_jobs(answer)
    sys.exit(FAILED if answer.is_error else STILL_WORKING if answer.working else 0)
