"""README and the pages beside it say what the program does: tables, links, calls, commands and settings."""

import json
import re
from pathlib import Path

import click
import pytest
from PIL import Image

from darkroom.catalog.installs import INSTALLS
from darkroom.catalog.limits import KEYS_URL
from darkroom.cli.commands import cli
from darkroom.core.check import check_arguments
from darkroom.core.installing import link
from darkroom.settings import read_settings
from readme_tables import COMMAND, KEY_FILE, PAGES, ROOT, entry, filled, settings_variables

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("skills/**/*.md")])


@pytest.mark.parametrize("page", PAGES)
def test_the_generated_parts_are_those_of_the_program(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text == filled(text), "run `make readme`"


def test_the_table_of_settings_names_every_variable_and_no_other() -> None:
    assert set(settings_rows()) == settings_variables()


def test_the_table_of_settings_shows_the_defaults() -> None:
    settings = read_settings({"HOME": "/home/someone"})
    shown = settings_rows()
    assert shown["APIYI_BASE_URL"] == f"`{settings.base_url}`"
    assert shown["DARKROOM_MODEL"] == f"`{settings.model}`"
    assert shown["DARKROOM_CONCURRENCY"] == f"`{settings.concurrency}`"
    assert shown["DARKROOM_PRICE_MULTIPLIER"] == f"`{settings.price_multiplier}`"
    assert shown["DARKROOM_PREVIEW"] == f"`{settings.preview}`"
    assert shown["DARKROOM_IDLE_SECONDS"] == f"`{settings.idle_seconds:g}`"
    assert shown["DARKROOM_TIME_SCALE"] == f"`{settings.time_scale:g}`"
    for name, value in (
        ("DARKROOM_BUDGET_USD", settings.budget_usd),
        ("DARKROOM_MAX_CALL_USD", settings.max_call_usd),
        ("DARKROOM_CONFIRM_USD", settings.confirm_usd),
    ):
        assert value is None
        assert shown[name] == "none"


def test_the_table_of_commands_names_every_command() -> None:
    listed = re.findall(r"^\| `darkroom ([a-z]+)", README, flags=re.MULTILINE)
    assert listed == cli.list_commands(click.Context(cli))


def test_every_command_and_option_of_the_examples_exists() -> None:
    shell = README.partition("## From the shell")[2].partition("```sh\n")[2].partition("```")[0].replace("\\\n", " ")
    lines = re.findall(r"^darkroom (.+?)(?: {2,}#.*)?$", shell, flags=re.MULTILINE)
    assert {line.split()[0] for line in lines} >= {"generate", "edit", "wait", "spend"}
    for line in lines:
        command = cli.get_command(click.Context(cli), line.split()[0])
        assert command is not None, line
        known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
        assert set(re.findall(r"(?<= )--[a-z-]+", line)) <= known, line


def test_it_says_where_a_key_comes_from_and_that_the_sandbox_draws_stand_ins() -> None:
    assert KEYS_URL in README
    for text in (README.partition("## Try it")[0], README.partition("## Sandbox")[2]):
        assert "a stock landscape" in text


def test_every_setting_of_the_worker_is_marked_as_one() -> None:
    source = (ROOT / "server/darkroom/cli/check_state.py").read_text(encoding="utf-8")
    marked = set(re.findall(r"^\| `(DARKROOM_[A-Z_]+)` \|[^|]+\| \*worker\*", README, flags=re.MULTILINE))
    told = re.search(r"_HELD: Final = \((.*?)^\)", source, flags=re.DOTALL | re.MULTILINE)
    assert told is not None
    assert marked == set(re.findall(r"DARKROOM_[A-Z_]+", told[1]))


def test_the_call_under_the_picture_is_accepted_and_fits_the_picture() -> None:
    found = re.search(r"```json\ngenerate_image (\{.*?\})\n```", README, flags=re.DOTALL)
    assert found is not None
    call = json.loads(found[1])
    checked = check_arguments("generate_image", call, default_model="gpt-image-2-all")
    assert checked["model"] == call["model"]
    picture = ROOT / "docs/images/pine-forest.webp"
    assert picture.stat().st_size < 150_000
    with Image.open(picture) as image:
        assert image.size == (call["deliver"]["width"], call["deliver"]["height"])
        assert image.format == call["deliver"]["format"].upper()


def test_the_links_of_one_click_are_those_of_the_table_and_hold_no_key() -> None:
    for install in INSTALLS:
        address = link(install, entry(install, COMMAND, key_file=KEY_FILE))
        assert bool(address) == bool(install.link)
        assert address in README


def test_both_commands_of_the_first_steps_are_those_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in ("demo", "test"):
        assert f"\nmake {command} " in README
        assert f"\n{command}: " in makefile
    assert "make test" in (ROOT / ".ci/run").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(r'src="([^":]+)"', text)
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_holds_a_key_or_a_path_of_somebodys_machine(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert not re.search(r"sk-[A-Za-z0-9]{16,}", text)
    assert not re.search(r"/(?:home|Users|root|work)/[a-z]", text)


def settings_rows() -> dict[str, str]:
    """Defaults by the name of the variable, as README shows them."""
    return dict(re.findall(r"^\| `((?:DARKROOM|APIYI)_[A-Z_]+)` \| (.+?) \|", README, flags=re.MULTILINE))
