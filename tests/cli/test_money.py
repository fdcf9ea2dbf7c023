"""The books: what was spent, what is in doubt, how a doubt is settled; and that deleting a picture forgets no cent."""

import contextlib
import csv
import io
import sqlite3
from pathlib import Path

from cli.shell import Shell


def _in_doubt(shell: Shell) -> str:
    """Make a call whose line drops after the work, and return its job."""
    done = shell.read("generate", "a fox [[drop]]")
    [failure] = done["jobs"][0]["failures"]
    assert failure["charge"] == "possible"
    return done["jobs"][0]["job_id"]


def test_a_charge_in_doubt_stands_apart_until_it_is_settled(shell: Shell) -> None:
    job_id = _in_doubt(shell)
    total = shell.read("spend")["total"]
    assert (total["charged_usd"], total["possible_usd"], total["possible_calls"]) == ("0.00", "0.03", 1)
    assert "settle" in shell.run("spend").stdout
    settled = shell.read("spend", "settle", job_id, "--charged")
    assert settled == {"job_id": job_id, "settled_calls": 1, "charged_usd": "0.03"}
    total = shell.read("spend")["total"]
    assert (total["charged_usd"], total["possible_usd"], total["possible_calls"]) == ("0.03", "0.00", 0)
    again = shell.run("spend", "settle", job_id, "--not-charged")
    assert again.returncode == 1
    assert "No call of" in again.stderr


def test_a_settled_doubt_frees_the_budget_and_stays_in_the_journal(shell: Shell) -> None:
    job_id = _in_doubt(shell)
    assert shell.read("estimate", "a fox")["estimates"]
    left = {"DARKROOM_BUDGET_USD": "0.05"}
    assert shell.run("generate", "a wolf", **left).returncode == 1
    assert shell.run("spend", "settle", job_id, "--not-charged").returncode == 0
    assert shell.run("generate", "a wolf", **left).returncode == 0
    with contextlib.closing(sqlite3.connect(shell.home / "darkroom.sqlite")) as connection:
        query = "SELECT event, state FROM darkroom_journal WHERE event = 'settle'"
        assert connection.execute(query).fetchall() == [("settle", "in_doubt")]


def test_settling_wants_to_be_told_what_the_console_says(shell: Shell) -> None:
    assert shell.run("spend", "settle", "job_0").returncode == 2
    assert shell.run("spend", "settle", "job_0", "--not-charged", "--usd", "1").returncode == 2
    assert shell.run("spend", "settle", "job_0", "--charged", "--usd", "lots").returncode == 2
    unknown = shell.run("spend", "settle", "job_0", "--charged")
    assert unknown.returncode == 1
    assert "There is no job" in unknown.stderr


def test_the_sandbox_is_left_out_and_shown_apart(shell: Shell) -> None:
    shell.environment["DARKROOM_SANDBOX"] = shell.environment["APIYI_BASE_URL"]
    assert shell.run("generate", "a fox", "--model", "gpt-image-2-vip").returncode == 0
    assert shell.read("spend", "--by", "model")["rows"] == []
    done = shell.run("spend", "--by", "model", "--sandbox", "--csv")
    assert list(csv.DictReader(io.StringIO(done.stdout))) == [
        {
            "model": "gpt-image-2-vip",
            "calls": "1",
            "pictures": "1",
            "charged_usd": "0.03",
            "possible_usd": "0.00",
            "possible_calls": "0",
            "under_way_usd": "0.00",
        }
    ]


def test_what_the_sandbox_drew_is_told_from_what_was_paid_for(shell: Shell) -> None:
    shell.run("generate", "paid for", "--model", "gpt-image-2-vip")
    shell.environment["DARKROOM_SANDBOX"] = shell.environment["APIYI_BASE_URL"]
    shell.run("generate", "drawn", "--model", "gpt-image-2-vip")
    found = shell.read("images")
    assert found["sandbox"] is True
    del shell.environment["DARKROOM_SANDBOX"]
    found = shell.read("images")
    assert "sandbox" not in found
    assert [(row["prompt"], row.get("sandbox")) for row in found["images"]] == [("drawn", True), ("paid for", None)]
    assert [line.split()[5] for line in shell.run("images").stdout.splitlines() if "gpt-image-2" in line] == [
        "sandbox",
        "0.03",
    ]


def test_a_doubt_of_the_sandbox_is_shown_with_what_it_would_have_cost(shell: Shell) -> None:
    shell.environment["DARKROOM_SANDBOX"] = shell.environment["APIYI_BASE_URL"]
    job_id = _in_doubt(shell)
    total = shell.read("spend", "--sandbox")["total"]
    assert (total["possible_usd"], total["possible_calls"]) == ("0.03", 1)
    assert job_id in shell.run("spend", "--sandbox", "--by", "job").stdout


def test_a_call_that_was_never_sent_is_not_counted(shell: Shell) -> None:
    shell.environment["DARKROOM_CONCURRENCY"] = "1"
    job_id = shell.read("generate", "a fox [[latency:3]]", "--no-wait", "--count=3")["jobs"][0]["job_id"]
    shell.run("cancel", job_id)
    [ended] = shell.read("wait", job_id)["jobs"]
    total = shell.read("spend")["total"]
    assert total["calls"] == total["pictures"] == len(ended["images"]) < 3


def test_a_deleted_picture_is_gone_and_its_price_and_children_stay(shell: Shell) -> None:
    [parent] = shell.read("generate", "a fox", "--deliver", "64x64")["jobs"][0]["images"]
    [child] = shell.read("edit", "a hat", parent["image_id"])["jobs"][0]["images"]
    spent = shell.read("spend", "--by", "model")
    refused = shell.run("delete", parent["image_id"])
    assert refused.returncode == 1
    assert Path(parent["path"]).exists()
    done = shell.read("delete", parent["image_id"], "--yes")
    assert parent["path"] in done["files"]
    assert shell.pictures == [Path(child["path"])]
    assert shell.read("spend", "--by", "model") == spent
    [row] = shell.read("images")["images"]
    assert (row["image_id"], row["derived_from"]) == (child["image_id"], [parent["image_id"]])
    gone = shell.run("delete", parent["image_id"], "--yes")
    assert gone.returncode == 1
    assert "There is no image" in gone.stderr
