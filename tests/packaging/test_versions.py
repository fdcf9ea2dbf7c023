"""One version everywhere, and every file that states one is named here."""

import json
import re
import tomllib
from typing import Any

import pytest

from darkroom import __version__
from readme_tables import ROOT


def loaded(name: str) -> Any:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["manifest.json", ".claude-plugin/plugin.json", "server.json"])
def test_a_manifest_has_the_version_of_the_package(name: str) -> None:
    assert loaded(name)["version"] == __version__


def test_the_lists_inside_manifests_have_it_too() -> None:
    assert [plugin["version"] for plugin in loaded(".claude-plugin/marketplace.json")["plugins"]] == [__version__]
    assert [package["version"] for package in loaded("server.json")["packages"]] == [__version__]


def test_pyproject_and_changelog_have_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.search(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, flags=re.MULTILINE)
    assert released is not None
    assert released[1] == __version__
