"""What is promised, where, and which test breaks when it is broken; checked in both directions.

A test names its promise with `@pytest.mark.requirement("id")`; tests of whole processes, which keep several at
once, are named here instead.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@dataclass(frozen=True)
class Promise:
    """One sentence that somebody may rely on."""

    sentence: str
    source: str
    """Page or contract that says so."""
    kept_by: tuple[str, ...] = ()
    """Tests, `folder/file.py::name`, that carry no mark."""


README, CONTRACT, GATEWAY, HOSTS = "README", "design", "gateway pages", "docs/hosts.md"

PROMISES: dict[str, Promise] = {
    # Money and loss
    "charge:never-twice": Promise("A call that may have been billed is never sent again by itself.", README),
    "charge:ends": Promise("A sent call ends with a picture, kept bytes, a free no, or an honest doubt.", README),
    "charge:same-request": Promise("The same request is the same job until delivered; variation asks anew.", README),
    "charge:told": Promise("Each failure says what is known about money.", README),
    "loss:front-killed": Promise(
        "Killing or closing the host in mid-generation loses nothing.",
        README,
        (
            "processes/test_fronts.py::test_a_front_killed_in_mid_generation_loses_nothing",
            "processes/test_fronts.py::test_closing_stdin_in_mid_generation_loses_nothing",
            "processes/test_fronts.py::test_a_call_that_the_client_gave_up_goes_on_and_is_found_by_the_same_request",
        ),
    ),
    "loss:worker-killed": Promise(
        "Killing the worker leaves one file or one honest failure, and no second call.",
        README,
        (
            "processes/test_crashes.py::test_a_worker_killed_at_any_step_leaves_one_file_or_one_honest_failure",
            "processes/test_crashes.py::test_a_worker_killed_while_a_call_is_out_is_not_asked_again",
        ),
    ),
    "keys:own-bill": Promise(
        "Two hosts with two keys pay each for its own pictures; no file holds a key.",
        CONTRACT,
        (
            "processes/test_keys.py::test_two_hosts_with_two_keys_pay_each_for_its_own_pictures",
            "processes/test_keys.py::test_no_file_that_a_session_leaves_behind_holds_the_key",
        ),
    ),
    "budget:cap": Promise("A call beyond the budget is refused before it is sent.", README),
    # Prices
    "cost:formulas": Promise("Prices follow the published formulas to the gateway's smallest unit.", GATEWAY),
    "cost:ranges": Promise("A price that depends on what the model chooses is a range.", CONTRACT),
    "cost:side-by-side": Promise("estimate_cost compares all models and says what each cannot do.", README),
    # Models
    "models:rows": Promise("To add a model is to add rows: nothing else asks which model it is.", CONTRACT),
    "models:limits": Promise("Each setting is taken inside its limit and refused outside.", GATEWAY),
    "models:vip-sizes": Promise("gpt-image-2-vip makes its 30 sizes.", README),
    "models:dated": Promise("Every fact has a source and a date.", CONTRACT),
    "models:fields": Promise("A model is sent its own fields and no other; n never.", GATEWAY),
    "models:bare-name": Promise("A bare model name means that model with its defaults.", CONTRACT),
    "sizes:five-rules": Promise("gpt-image-2 makes any size within five rules.", README),
    "sizes:listed": Promise("list_sizes shows every size with its price, by shape if asked.", README),
    # The tool list
    "tools:contract": Promise("The tool list changes on purpose only.", CONTRACT),
    "tools:tokens": Promise("All tools together take at most 3,000 o200k tokens.", CONTRACT),
    "tools:schemas": Promise("Published schemas hold nothing that breaks a mainstream host.", CONTRACT),
    "tools:model-argument": Promise("model is one object with one key and that model's settings inside.", CONTRACT),
    "tools:hints": Promise("Every tool says whether it reads, destroys, repeats and reaches out.", CONTRACT),
    "start:light": Promise("Engine, database and pictures are imported by the first call, not at start-up.", CONTRACT),
    # Refusals
    "refusals:clear": Promise("Bad input is refused in a sentence to act on; nothing is sent.", CONTRACT),
    "refusals:sizes": Promise("A refused size names its rule, its neighbours and who takes it.", CONTRACT),
    "refusals:nearest": Promise("A refused word names the choices and the nearest.", CONTRACT),
    "refusals:unknown": Promise("Unknown arguments are refused.", CONTRACT),
    "refusals:all-at-once": Promise("All mistakes of a call are told at once.", CONTRACT),
    "refusals:injected": Promise("What a host adds by itself is dropped, not refused.", HOSTS),
    "check:agreement": Promise("Schema, validator and sandbox agree for every model.", CONTRACT),
    "key:looking": Promise("Looking works without a key; making names the two ways out.", README),
    "settings:told": Promise("A setting that makes no sense is told in a sentence, never guessed at.", CONTRACT),
    # Results
    "results:text-and-structure": Promise("Text and structure are each complete.", README),
    "results:small": Promise("A result is small: no picture in the structure, one preview, few tokens.", CONTRACT),
    "results:contact-sheet": Promise("Several pictures are parallel calls and one contact sheet.", CONTRACT),
    "results:link": Promise("A public link is given with its end, beside the file.", README),
    "results:all-failed": Promise("An answer is an error only if every job of it failed.", CONTRACT),
    "answers:every-shape": Promise("Every shape of an answer becomes a file.", CONTRACT),
    "answers:text": Promise("Text instead of a picture is shown, and said to be charged.", CONTRACT),
    "answers:bytes-decide": Promise("Pixels and format are read from the bytes; a difference is a warning.", README),
    "answers:kept": Promise("Whatever bytes came are kept.", README),
    "view:image-only": Promise("view_image returns the picture and nothing else.", README),
    "library:pages": Promise("list_images reads the library in pages, newest first.", README),
    "library:rows": Promise("Rows are slim, and failed jobs say what is known about money.", CONTRACT),
    # Files
    "files:readable": Promise("Files have the date and words of the prompt, in any script, in their names.", README),
    "files:never-overwritten": Promise("No file is ever replaced.", README),
    "files:outside": Promise("save_to stays inside the allowed folders, links resolved.", README),
    "files:writable-first": Promise("A folder that cannot be written is told before anything is sent.", CONTRACT),
    # Waiting
    "wait:hosts": Promise("A call waits as long as its host bears; a longer wait is cut and said so.", README),
    "wait:bounded": Promise("A wait ends in time although the job does not.", README),
    "wait:working": Promise("A job that works is a success that names the next call.", README),
    "wait:any": Promise("wait_for_jobs returns with the first or with all.", CONTRACT),
    "wait:progress": Promise("Progress goes out at once, rising, with model and time.", README),
    "cancel:unsent": Promise("Cancelling drops what was not sent and saves what was.", README),
    # Growth, machines, hosts
    "answers:in-pieces": Promise(
        "A large picture is never held in memory while it is saved.",
        "docs/benchmarks.md",
        ("service/test_develop.py::test_a_large_picture_is_saved_whole_and_never_held_in_memory",),
    ),
    "library:large": Promise(
        "What a question costs grows with what is asked for, not with what is stored.",
        "docs/benchmarks.md",
        ("adapters/test_queries.py::test_no_question_goes_through_all_that_is_stored",),
    ),
    "machines:shared": Promise(
        "Several machines share jobs, library and budget in one PostgreSQL; no job is done twice.",
        README,
        (
            "postgres/test_sharing.py::test_each_job_of_two_machines_is_sent_once",
            "postgres/test_sharing.py::test_ten_requests_at_once_against_a_budget_for_three_buy_three",
            "postgres/test_dying.py::test_an_answer_on_the_disk_of_one_machine_is_not_called_lost_by_another",
            "postgres/test_clocks.py::test_a_call_of_a_worker_whose_clock_is_behind_is_left_to_it",
        ),
    ),
    "hosts:subscribers": Promise(
        "Who subscribes hears of pictures made or deleted by anybody.",
        README,
        (
            "protocol/test_listening.py::test_a_subscriber_hears_of_a_picture_that_another_process_made",
            "protocol/test_listening.py::test_a_picture_that_was_deleted_is_told_to_whoever_asked_about_it_or_the_library",
            "protocol/test_listening.py::test_the_newest_era_hears_on_its_stream_of_what_others_do",
        ),
    ),
    "hosts:slow-jobs": Promise(
        "A job of 90 s under a host's limit of 60 s ends well.",
        HOSTS,
        ("conformance/test_other_clients.py::test_typescript_hosts_get_jobs_of_90_s_under_their_limit_of_60",),
    ),
    # Editing
    "edit:keep-outside": Promise(
        "keep_outside puts the original back, pixel for pixel.",
        README,
        ("editing/test_masks.py::test_untouched_pixels_have_exactly_the_values_of_the_input",),
    ),
    "edit:turns": Promise(
        "A family shows its root and its branches, over restarts and hosts.",
        README,
        (
            "editing/test_turns.py::test_a_family_shows_its_root_its_branches_and_its_prices",
            "editing/test_turns.py::test_an_earlier_picture_can_be_edited_after_a_restart_and_from_another_host",
        ),
    ),
    "edit:inputs-copied": Promise(
        "Inputs are copied when the job is submitted.",
        README,
        ("editing/test_inputs.py::test_changing_the_file_after_the_call_changes_nothing",),
    ),
    "deliver:exact": Promise(
        "deliver makes a file of exactly this size and format and keeps the original.",
        README,
        ("editing/test_turns.py::test_an_exact_file_is_made_and_the_original_is_kept",),
    ),
}


def marked(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The promises that a test's marks name."""
    calls = [decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call)]
    marks = [call for call in calls if ast.unparse(call.func) == "pytest.mark.requirement"]
    return [str(ast.literal_eval(mark.args[0])) for mark in marks]


def marks_by_test() -> dict[str, list[str]]:
    """Every test, `folder/file.py::name`, with the promises that it names."""
    return {
        f"{path.relative_to(TESTS).as_posix()}::{node.name}": marked(node)
        for path in sorted(TESTS.rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


FOUND = marks_by_test()


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_is_kept_by_a_test_that_exists(name: str) -> None:
    promise = PROMISES[name]
    keepers = [test for test, names in FOUND.items() if name in names]
    assert keepers or promise.kept_by
    assert [test for test in promise.kept_by if test not in FOUND] == []
    assert promise.sentence.endswith(".")


def test_a_test_names_only_promises_that_were_made() -> None:
    assert {name for names in FOUND.values() for name in names} <= set(PROMISES)


def test_no_two_promises_say_the_same() -> None:
    sentences = [promise.sentence for promise in PROMISES.values()]
    assert len(sentences) == len(set(sentences))
