"""Prices, sizes and the library, as tables for people and as the tools' results for programs."""

import json

from cli.shell import Shell
from darkroom.catalog.models import MODELS


def test_sizes_are_listed_for_every_model_without_a_key(shell: Shell) -> None:
    found = shell.read("sizes", "--aspect-ratio", "16:9")
    assert [row["model"] for row in found["models"]] == list(MODELS)
    shown = shell.run("sizes", "--model", "gpt-image-2-vip", APIYI_API_KEY="")
    assert "3840x2160" in shown.stdout
    assert shell.run("sizes", "--model", "gpt-image-3").returncode == 1
    assert shell.run("sizes", "--aspect-ratio", "7:5").stdout.count("none of the shape 7:5") == 2


def test_a_price_is_told_for_all_models_or_for_one_with_its_settings(shell: Shell) -> None:
    assert [row["model"] for row in shell.read("estimate", "a fox")["estimates"]] == list(MODELS)
    [row] = shell.read("estimate", "a fox", "--model=gpt-image-2", "--quality=high", "--size=1024x1024")["estimates"]
    assert row["usd"].startswith("0.21")
    shown = shell.run("estimate", "a fox", DARKROOM_BUDGET_USD="2")
    assert "Left of the budget for 24 hours: $2.00." in shown.stdout


def test_the_library_shows_pictures_with_whole_paths_and_jobs_without(shell: Shell) -> None:
    assert shell.run("images").stdout == "Nothing yet.\n"
    shell.run("generate", "a fox")
    shell.run("generate", "a wolf [[policy-input]]")
    shown = shell.run("images")
    assert shown.stdout.count(str(shell.pictures[0])) == 1
    assert shown.stdout.count("img_") == 1
    assert "content_policy" in shown.stdout
    found = json.loads(shell.run("images", "--json", "--limit", "1").stdout)
    assert found["images"][0]["path"] == str(shell.pictures[0])
    family = shell.read("images", "--image-id", found["images"][0]["image_id"])
    assert len(family["images"]) == 1
    assert "limit=0 is out of range" in shell.run("images", "--limit", "0").stderr
    assert shell.run("images", "--before", "yesterday").returncode == 1
