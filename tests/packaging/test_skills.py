"""The two skills are valid, short, and speak of tools, settings and commands that exist."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from darkroom.cli.commands import cli
from darkroom.core.schema import Schema, tool_schema
from darkroom.tools.table import TOOLS
from readme_tables import ROOT

SKILLS = sorted((ROOT / "skills").iterdir())
PAGES = sorted((ROOT / "skills").glob("**/*.md"))
EACH = pytest.mark.parametrize("skill", SKILLS, ids=lambda path: path.name)

TOOL_NAMES = {row.function.__name__ for row in TOOLS}


@EACH
def test_the_validator_of_agent_skills_takes_it(skill: Path) -> None:
    validator = Path(sys.executable).with_name("agentskills")
    done = subprocess.run([validator, "validate", skill], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@EACH
def test_it_is_short_and_names_each_of_its_references(skill: Path) -> None:
    text = (skill / "SKILL.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 500
    assert text.splitlines()[1] == f"name: {skill.name}"
    for reference in (skill / "references").iterdir():
        assert f"(references/{reference.name})" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_name_in_code_is_one_that_the_program_knows(page: Path) -> None:
    known = TOOL_NAMES | _names_of(*(tool_schema(tool, full=True) for tool in TOOL_NAMES)) | RESULT_NAMES
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    used = {name for code in re.findall(r"`([^`]+)`", text) for name in re.findall(r"^[a-z]+(?:_[a-z]+)+\b", code)}
    assert used - known == set()


@EACH
def test_every_command_and_option_of_the_fallback_exists(skill: Path) -> None:
    text = (skill / "SKILL.md").read_text(encoding="utf-8")
    lines = re.findall(r"^darkroom (.+)$", text, flags=re.MULTILINE)
    assert lines
    for line in lines:
        name = line.split()[0]
        command = cli.get_command(click.Context(cli), name)
        assert command is not None, line
        options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
        assert set(re.findall(r"(?<= )--[a-z-]+", line)) <= options, line


RESULT_NAMES = {
    "image_id", "job_id", "derived_from", "original_image_id", "typical_seconds", "budget_left_usd", "content_policy",
    "key_type", "cost.charged_usd",
}  # fmt: skip
"""Names that stand in results, from the contract of the results."""


def _names_of(*schemas: Schema) -> set[str]:
    """Every name of an argument or setting in these schemas."""
    found: set[str] = set()
    for schema in schemas:
        properties: dict[str, Schema] = schema.get("properties", {})
        items: list[Schema] = [schema["items"]] if "items" in schema else []
        found |= set(properties) | _names_of(*properties.values(), *items)
    return found
