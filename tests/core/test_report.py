"""Reports: the object that agents read, whole, for each way a job can stand; and text that says the same."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from inline_snapshot import snapshot

from core.jobs import IMAGE, NOW, call, finished, held, in_doubt, job, refused, spoiled
from counting import o200k_tokens
from darkroom.core.failure import Failure
from darkroom.core.job import State
from darkroom.core.records import Job
from darkroom.core.report import job_report, progress_message, reports_text

MOST_TOKENS = 350
"""What an agent's context may pay for one finished picture, text and structure each."""


def report(told: Job) -> dict[str, Any]:
    """The report of a job, 30 s after it began."""
    return job_report(told, NOW + 30)


def test_a_finished_job_tells_where_its_picture_is() -> None:
    assert report(finished()) == snapshot(
        {
            "job_id": "job_3f9a1c5e7b2d",
            "status": "completed",
            "operation": "generate",
            "model": "gpt-image-2-vip",
            "images": [
                {
                    "image_id": "img_7k2m9q4t8w1x",
                    "path": "/home/ada/Pictures/Darkroom/2026-11-22_a-red-fox-in-snow_7k2m9q.png",
                    "uri": "darkroom://images/img_7k2m9q4t8w1x",
                    "width": 3840,
                    "height": 2160,
                    "format": "png",
                    "bytes": 11200345,
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "requested_size": "3840x2160",
                    "derived_from": [],
                    "turn": 1,
                }
            ],
            "cost": {"estimate_usd": "0.03", "charged_usd": "0.03", "basis": "flat", "checked": "2026-11-22"},
            "elapsed_seconds": 94.1,
            "typical_seconds": [90, 200],
            "next": "Show the user the path; edit_image with the image_id changes the picture.",
        }
    )


def test_a_working_job_names_the_next_call() -> None:
    assert report(job(call(State.SENT))) == snapshot(
        {
            "job_id": "job_3f9a1c5e7b2d",
            "status": "working",
            "operation": "generate",
            "model": "gpt-image-2-vip",
            "images": [],
            "cost": {"estimate_usd": "0.03", "basis": "flat", "checked": "2026-11-22"},
            "elapsed_seconds": 30.0,
            "typical_seconds": [90, 200],
            "next": (
                'Call wait_for_jobs with job_ids ["job_3f9a1c5e7b2d"]. Do not ask for the picture again: '
                "it is being made and will be charged once."
            ),
        }
    )


def test_a_free_refusal_says_that_nothing_was_charged() -> None:
    assert report(job(call(State.REFUSED, refused()))) == snapshot(
        {
            "job_id": "job_3f9a1c5e7b2d",
            "status": "failed",
            "operation": "generate",
            "model": "gpt-image-2-vip",
            "images": [],
            "failures": [
                {
                    "code": "content_policy",
                    "message": "The prompt was refused by the content rules. Change the prompt.",
                    "charge": "none",
                    "request_id": "2026112211003",
                }
            ],
            "cost": {"estimate_usd": "0.03", "charged_usd": "0.00", "basis": "flat", "checked": "2026-11-22"},
            "elapsed_seconds": 94.1,
            "typical_seconds": [90, 200],
            "next": "Nothing was charged. Mend what the failure says before you ask again.",
        }
    )


def test_a_lost_answer_says_that_it_may_have_been_charged() -> None:
    assert report(job(call(State.IN_DOUBT, in_doubt()))) == snapshot(
        {
            "job_id": "job_3f9a1c5e7b2d",
            "status": "failed",
            "operation": "generate",
            "model": "gpt-image-2-vip",
            "images": [],
            "failures": [
                {"code": "timeout", "message": "gpt-image-2-vip gave no answer within 600 s.", "charge": "possible"}
            ],
            "cost": {"estimate_usd": "0.03", "basis": "unknown", "checked": "2026-11-22"},
            "elapsed_seconds": 94.1,
            "typical_seconds": [90, 200],
            "next": (
                "It may have been charged. The same request returns this job; to ask, and perhaps pay, "
                "once more, repeat it with variation 2."
            ),
        }
    )


def test_a_spoiled_answer_says_that_it_was_charged_and_where_its_bytes_are() -> None:
    assert report(job(call(State.SPOILED, spoiled()))) == snapshot(
        {
            "job_id": "job_3f9a1c5e7b2d",
            "status": "failed",
            "operation": "generate",
            "model": "gpt-image-2-vip",
            "images": [],
            "failures": [
                {
                    "code": "not_an_image",
                    "message": "The bytes that came are no picture.",
                    "charge": "certain",
                    "path": "/home/ada/Pictures/Darkroom/2026-11-22_a-red-fox-in-snow_call_1.bin",
                }
            ],
            "cost": {"estimate_usd": "0.03", "charged_usd": "0.03", "basis": "flat", "checked": "2026-11-22"},
            "elapsed_seconds": 94.1,
            "typical_seconds": [90, 200],
            "next": "It was charged. To ask and pay once more, repeat it with variation 2.",
        }
    )


def test_a_cancelled_job_says_that_nothing_was_sent() -> None:
    assert report(job(call(State.CANCELLED))) == snapshot(
        {
            "job_id": "job_3f9a1c5e7b2d",
            "status": "cancelled",
            "operation": "generate",
            "model": "gpt-image-2-vip",
            "images": [],
            "cost": {"estimate_usd": "0.03", "charged_usd": "0.00", "basis": "flat", "checked": "2026-11-22"},
            "elapsed_seconds": 94.1,
            "typical_seconds": [90, 200],
            "next": "Nothing was sent. The same request makes a new job.",
        }
    )


def test_a_held_picture_says_what_to_mend() -> None:
    assert report(job(call(State.HELD, held()))) == snapshot(
        {
            "job_id": "job_3f9a1c5e7b2d",
            "status": "failed",
            "operation": "generate",
            "model": "gpt-image-2-vip",
            "images": [],
            "failures": [
                {
                    "code": "storage",
                    "message": "The folder cannot be written (No space left on device). The picture is safe.",
                    "charge": "certain",
                }
            ],
            "cost": {"estimate_usd": "0.03", "charged_usd": "0.03", "basis": "flat", "checked": "2026-11-22"},
            "elapsed_seconds": 94.1,
            "typical_seconds": [90, 200],
            "next": 'Mend what the failure says, then call wait_for_jobs with job_ids ["job_3f9a1c5e7b2d"].',
        }
    )


TOLD = {
    "finished": finished(),
    "edited": finished(edited=True),
    "linked": job(
        call(State.SAVED),
        images=(replace(IMAGE, source_url="https://cdn.example.org/a.png?x=1", source_url_expires_at=NOW + 86_400),),
    ),
    "composite": job(call(State.SAVED), images=(replace(IMAGE, original_image_id="img_bbbbbbbbbbbb"),)),
    "warned": job(call(State.SAVED), images=(replace(IMAGE, warnings=("It is smaller than ordered.",)),)),
    "working": job(call(State.SENT)),
    "refused": job(call(State.REFUSED, refused())),
    "in doubt": job(call(State.IN_DOUBT, in_doubt())),
    "spoiled": job(call(State.SPOILED, spoiled())),
    "cancelled": job(call(State.CANCELLED)),
    "held": job(call(State.HELD, held())),
    "mixed": job(
        call(State.SAVED),
        call(State.REFUSED, refused(), ordinal=2),
        call(State.IN_DOUBT, in_doubt(), ordinal=3),
        images=(IMAGE,),
    ),
}


def facts(value: object) -> Iterator[str]:
    """Every value of a report as it would stand in a sentence."""
    if isinstance(value, dict):
        for part in value.values():  # pyright: ignore[reportUnknownVariableType]
            yield from facts(part)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        for part in value:  # pyright: ignore[reportUnknownVariableType]
            yield from facts(part)  # pyright: ignore[reportUnknownArgumentType]
    else:
        yield str(value)


@pytest.mark.requirement("results:text-and-structure")
@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD)
def test_the_text_holds_every_fact_of_the_structure(told: Job) -> None:
    """Some hosts show their model only the text, some only the structure."""
    structure = report(told)
    text = reports_text([structure], sandbox=False)
    skipped = {"1"} if "derived from" not in text else set[str]()  # turn 1 is what a picture without parents is
    missing = [fact for fact in facts(structure) if fact not in text and fact not in skipped]
    assert missing == []


@pytest.mark.requirement("results:small")
def test_a_finished_picture_costs_an_agent_few_tokens() -> None:
    structure = report(finished())
    text = o200k_tokens(reports_text([structure], sandbox=False))
    structured = o200k_tokens(json.dumps({"jobs": [structure]}, separators=(",", ":")))
    print(f"one finished picture: text {text}, structure {structured} o200k tokens")
    assert text <= MOST_TOKENS
    assert structured <= MOST_TOKENS


def test_equal_failures_of_a_job_are_told_once_with_their_number() -> None:
    told = report(job(*(call(State.REFUSED, refused(), ordinal=number) for number in range(1, 5))))
    assert told["failures"] == [
        {
            "code": "content_policy",
            "message": "The prompt was refused by the content rules. Change the prompt.",
            "charge": "none",
            "request_id": "2026112211003",
            "calls": 4,
        }
    ]


def test_a_job_with_a_picture_and_failures_is_completed_and_tells_both() -> None:
    told = report(TOLD["mixed"])
    assert told["status"] == "completed"
    assert [failure["charge"] for failure in told["failures"]] == ["none", "possible"]
    assert told["cost"] == {
        "estimate_usd": "0.09",
        "charged_usd": "0.03",
        "basis": "unknown",
        "checked": "2026-11-22",
    }


def test_failures_with_other_request_ids_are_not_told_apart() -> None:
    ids = [replace(refused(), request_id=str(number)) for number in (1, 2)]
    told = report(job(*(call(State.REFUSED, failure, ordinal=n) for n, failure in enumerate(ids, 1))))
    assert len(told["failures"]) == 1


def test_text_of_the_sandbox_says_so() -> None:
    text = reports_text([report(finished())], sandbox=True)
    assert text.endswith("\n\nSandbox: nothing was really generated or charged.")


def test_a_link_of_the_server_itself_comes_first_in_text() -> None:
    told = job_report(finished(), NOW, links={IMAGE.image_id: "https://darkroom.example.org/i/1"})
    assert told["images"][0]["url"] == "https://darkroom.example.org/i/1"
    assert "https://darkroom.example.org/i/1" in reports_text([told], sandbox=False)


def test_progress_says_how_far_a_job_is() -> None:
    assert progress_message([job(call(State.SENT))], NOW + 42.2) == "gpt-image-2-vip: 42 s of about 90-200 s"
    waiting = job(call(State.PLANNED))
    assert progress_message([waiting], NOW + 3) == "gpt-image-2-vip: waiting to be sent for 3 s"
    noted = job(replace(call(State.PLANNED), note="gpt-image-2-vip: tried again in 15 s"))
    assert progress_message([noted], NOW + 3) == "gpt-image-2-vip: tried again in 15 s"
    two = job(call(State.SAVED), call(State.SENT, ordinal=2), images=(IMAGE,))
    assert progress_message([two], NOW + 42.2) == "gpt-image-2-vip: 42 s of about 90-200 s (1 of 2 done)"


def test_a_failure_tells_only_what_is_known() -> None:
    told = report(job(call(State.REFUSED, Failure(code="gateway", message="No.", charge="none", trace_id="ab12"))))
    assert told["failures"] == [{"code": "gateway", "message": "No.", "charge": "none", "trace_id": "ab12"}]
