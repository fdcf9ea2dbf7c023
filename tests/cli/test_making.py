"""People get a path that they can open, programs get the tool's result, and a refusal is one sentence."""

import json
import signal
from pathlib import Path

import pytest

from cli.shell import Shell
from darkroom.sandbox.server import Running


def _calls(sandbox: Running, shell: Shell) -> int:
    return len(sandbox.calls(shell.environment["APIYI_API_KEY"].removeprefix("sk-test-")))


def test_a_picture_lands_and_its_path_is_on_a_line_of_its_own(shell: Shell) -> None:
    done = shell.run(
        "generate", "a fox [in] brackets", "--model", "gpt-image-2", "--size", "1024x1024", "--quality=low"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == str(shell.pictures[0])
    assert "1024x1024 png" in done.stdout
    assert "completed, gpt-image-2, $0.00" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_json_is_the_result_of_the_tool_and_nothing_else(shell: Shell) -> None:
    done = shell.run("generate", "a fox", "--count", "2", "--json")
    assert done.returncode == 0, done.stderr
    [job] = json.loads(done.stdout)["jobs"]
    assert job["status"] == "completed"
    assert sorted(Path(image["path"]) for image in job["images"]) == shell.pictures


def test_settings_of_any_kind_reach_the_model(shell: Shell) -> None:
    made = shell.read(
        "generate", "a fox", "--model=gpt-image-2", "--set", "output_format=jpeg", "--set", "output_compression=40",
        "--quality", "low", "--deliver", "640x360:contain:webp",
    )  # fmt: skip
    [image] = made["jobs"][0]["images"]
    assert (image["width"], image["height"], image["format"]) == (640, 360, "webp")


def test_without_waiting_the_job_is_named_and_comes_by_wait(shell: Shell) -> None:
    begun = shell.run("generate", "a fox [[latency:8]]", "--no-wait")
    assert begun.returncode == 3
    job_id = begun.stdout.split(":")[0]
    assert f"darkroom wait {job_id}" in begun.stderr
    assert shell.run("wait", job_id, "--seconds", "0").returncode == 3
    ended = shell.run("wait", job_id)
    assert ended.returncode == 0, ended.stderr
    assert str(shell.pictures[0]) in ended.stdout


def test_without_a_terminal_one_line_names_the_job_and_no_line_comes_more_often_than_half_a_minute(
    shell: Shell,
) -> None:
    done = shell.run("generate", "a fox [[latency:7]]")
    assert done.returncode == 0, done.stderr
    job_id = done.stdout.splitlines()[-1].partition(":")[0]
    assert f"darkroom wait {job_id}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_sentences_of_tools_name_commands_and_options_for_people_and_keep_their_names_for_programs(
    shell: Shell,
) -> None:
    shown = shell.run("wait", "job_0")
    assert "darkroom images" in shown.stderr
    assert "list_images" in shell.run("wait", "job_0", "--json").stdout
    assert "--variation" in shell.run("generate", "a fox [[drop]]").stderr


def test_an_interrupt_leaves_the_job_alone_and_says_how_to_come_back(shell: Shell, sandbox: Running) -> None:
    process = shell.start("generate", "a fox [[latency:8]]")
    assert process.stderr is not None
    process.stderr.readline()  # it waits now
    process.send_signal(signal.SIGINT)
    _, beside = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in beside
    command = beside.partition("darkroom wait ")[2].split()
    assert shell.run("wait", *command).returncode == 0
    assert len(shell.pictures) == 1
    assert _calls(sandbox, shell) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["", "--model", "gpt-image-2"], "prompt is empty"),
        (["a fox", "--model", "gpt-image-3"], "is not a model"),
        (["a fox", "--model", "gpt-image-2-vip", "--size", "1024x1024"], "gpt-image-2 takes 1024x1024 exactly"),
        (["a fox", "--set", "steps=4"], "steps is not a setting of"),
        (["a fox", "--count", "11"], "count=11 is out of range"),
        (["a fox", "--count", "0"], "count=0 is out of range"),
        (["a fox", "--variation", "0"], "--variation=0 is out of range"),
        (["a fox", "--save-to", ""], "--save-to is empty"),
        (["a fox", "--save-to", "/nowhere/at/all"], "outside the folders"),
        (["a fox", "--model=gpt-image-2", "--set", "output_compression=much"], "not a whole number"),
    ],
)
def test_a_refusal_is_one_sentence_and_nothing_is_sent(
    shell: Shell, sandbox: Running, arguments: list[str], said: str
) -> None:
    done = shell.run("generate", *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert _calls(sandbox, shell) == 0


@pytest.mark.parametrize("wrong", [["--set", "quality"], ["--deliver", "large"], ["--count", "many"], ["--waits"]])
def test_wrong_usage_ends_with_2(shell: Shell, wrong: list[str]) -> None:
    done = shell.run("generate", "a fox", *wrong)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_refusal_as_json_is_json_too(shell: Shell) -> None:
    done = shell.run("generate", "a fox", "--size", "1x1", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["charge"] == "none"


def test_a_setting_that_makes_no_sense_is_one_sentence(shell: Shell) -> None:
    done = shell.run("generate", "a fox", DARKROOM_CONCURRENCY="many")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: DARKROOM_CONCURRENCY='many'")


def test_without_a_key_nothing_is_sent_and_both_ways_out_are_told(shell: Shell) -> None:
    done = shell.run("generate", "a fox", APIYI_API_KEY="")
    assert done.returncode == 1
    assert "APIYI_API_KEY is not set" in done.stderr
    assert "DARKROOM_SANDBOX=1" in done.stderr


def test_a_failure_is_told_with_what_is_known_about_money(shell: Shell) -> None:
    done = shell.run("generate", "a fox [[policy-input]]")
    assert done.returncode == 1
    assert "content_policy" in done.stderr
    assert "Nothing was charged" in done.stderr
    assert shell.pictures == []


def test_a_picture_is_edited_by_path_and_by_id(shell: Shell) -> None:
    first = shell.read("generate", "a fox", "--model=gpt-image-2", "--size=1024x1024", "--quality=low")
    [image] = first["jobs"][0]["images"]
    second = shell.run("edit", "a hat", image["image_id"], "--model=gpt-image-2", "--region=rectangle:0.2,0.1,0.3,0.3")
    assert second.returncode == 0, second.stderr
    relative = str(Path(image["path"]).relative_to(shell.folder))
    third = shell.read("edit", "a scarf", relative, "--model=gpt-image-2-all")
    assert third["jobs"][0]["status"] == "completed"
    assert shell.run("edit", "a scarf", image["image_id"], "--region=circle").returncode == 2


@pytest.mark.parametrize(
    "region",
    [
        "ellipse:0.2,0.1,0.3,0.3",
        "polygon:0.1,0.9,0.5,0.2,0.9,0.9",
        '{"shape": "polygon", "points": [{"x": 0.1, "y": 0.9}, {"x": 0.5, "y": 0.2}, {"x": 0.9, "y": 0.9}]}',
    ],
)
def test_a_region_of_each_form_is_taken(shell: Shell, region: str) -> None:
    [image] = shell.read("generate", "a fox")["jobs"][0]["images"]
    done = shell.run("edit", "a hat", image["image_id"], "--region", region, "--keep-outside")
    assert done.returncode == 0, done.stderr


def test_a_job_that_was_not_sent_is_cancelled(shell: Shell) -> None:
    shell.environment["DARKROOM_CONCURRENCY"] = "1"
    begun = shell.read("generate", "a fox [[latency:3]]", "--no-wait", "--count=3")
    job_id = begun["jobs"][0]["job_id"]
    done = shell.run("cancel", job_id)
    assert done.returncode in (0, 3)
    assert "dropped unsent" in done.stderr
    assert "wait_for_jobs" not in done.stderr
    assert shell.run("cancel", "job_0").returncode == 1
