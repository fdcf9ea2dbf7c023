"""Rules of the house that no tool checks: names, lengths, one reader of the environment, versions, start-up."""

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import darkroom
from darkroom import errors
from darkroom.errors import DarkroomError

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "server" / "darkroom"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOST_LINES = 400

DEPENDENCIES = {
    "anyio",
    "click",
    "dbos",
    "filelock",
    "httpx",
    "httpx2",
    "jsonschema",
    "mcp",
    "mcp_types",
    "openai",
    "platformdirs",
    "psutil",
    "psycopg",
    "pydantic",
    "pytest",
    "rich",
    "sqlalchemy",
    "starlette",
    "uvicorn",
}
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|manager|handler|data|info|misc)(_|$)")

READS_THE_ENVIRONMENT = {
    "settings.py": "the one place",
    "cli/demo.py": "hands the environment on to the server that it starts, without the user's own settings",
    "cli/install.py": "finds the configuration of a host, which hosts place by variables of their own",
}

DERIVED_ELSEWHERE = {
    "darkroom.adapters.downloads.DownloadFailedError",
    "darkroom.adapters.downloads.DownloadRefusedError",
    "darkroom.adapters.inputs.InputRefusedError",
    "darkroom.adapters.pictures.NotAPictureError",
}
"""Errors that belong to one adapter and stand beside what raises them, instead of in the drawn tree."""


def named(path: Path) -> str:
    """The path of a source as the listing of the package shows it."""
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_module_is_named_like_another_library_or_like_nothing(path: Path) -> None:
    name = path.parent.name if path.stem == "__init__" else path.stem
    assert name not in sys.stdlib_module_names
    assert name not in DEPENDENCIES
    assert not VAGUE.search(name)


def test_no_test_module_shadows_a_library() -> None:
    """Their folder stands on the path."""
    names = {path.name.removesuffix(".py") for path in (ROOT / "tests").iterdir()}
    assert not names & (set(sys.stdlib_module_names) | DEPENDENCIES)


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_has_a_duty_in_its_first_line_and_a_bearable_length(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert ast.get_docstring(ast.parse(text)) or path.name == "__init__.py"
    if PACKAGE in path.parents:
        assert ast.get_docstring(ast.parse(text))


def attributes(tree: ast.AST) -> Iterator[str]:
    """Every `name.attribute` of a source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        named(path) for path in SOURCES if {"os.environ", "os.getenv"} & set(attributes(ast.parse(path.read_text())))
    }
    assert readers == set(READS_THE_ENVIRONMENT)


def comparisons(tree: ast.AST) -> Iterator[str]:
    """Every text that a source compares something with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.MatchValue):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


@pytest.mark.requirement("models:rows")
def test_nothing_outside_the_catalog_asks_which_model_it_is() -> None:
    askers = {
        named(path)
        for path in SOURCES
        if PACKAGE / "catalog" not in path.parents
        and any(text.startswith("gpt-image") for text in comparisons(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert askers == set()


def all_errors() -> set[type[DarkroomError]]:
    """Every anticipated error of the package, the base left out."""
    for module in pkgutil.walk_packages([str(PACKAGE)], "darkroom."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: set[type[DarkroomError]] = set()
    waiting: list[type[DarkroomError]] = [DarkroomError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found.update(children)
        waiting += children
    return found


def drawn_tree() -> dict[str, str]:
    """Each error of the tree drawn in errors.py with its parent."""
    parents, drawn = ["DarkroomError"], dict[str, str]()
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"  ( *)[x-] (\w+Error)\b", line):
            depth = len(match[1]) // 2 + 1
            drawn[match[2]] = parents[depth - 1]
            parents[depth:] = [match[2]]
    return drawn


def test_the_drawn_tree_is_the_tree() -> None:
    inside = [error for error in all_errors() if error.__module__ == errors.__name__]
    assert {error.__name__: error.__bases__[0].__name__ for error in inside} == drawn_tree()


def test_errors_that_are_not_drawn_are_known_by_name() -> None:
    elsewhere = [error for error in all_errors() if error.__module__ != errors.__name__]
    assert {f"{error.__module__}.{error.__qualname__}" for error in elsewhere} == DERIVED_ELSEWHERE


def test_every_error_says_what_it_means_and_has_a_code() -> None:
    for error in all_errors():
        assert error.__doc__
        assert error.__name__.endswith("Error")
        assert error.code


def test_all_versions_are_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    manifests = [path for path in (ROOT / "manifest.json", ROOT / "server.json") if path.exists()]
    stated = {path.name: json.loads(path.read_text(encoding="utf-8"))["version"] for path in manifests}
    assert {darkroom.__version__, *stated.values()} == {project}


@pytest.mark.requirement("start:light")
def test_a_start_imports_neither_engine_nor_database_nor_pictures() -> None:
    """Their imports take longer than a host's patience for `initialize`."""
    code = "import sys, darkroom.app; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"dbos", "sqlalchemy", "PIL", "jsonschema", "rich"} & set(done.stdout.split())


def test_every_dependency_has_an_upper_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert [name for name in wanted if not re.search(r">=[\d.]+,<\d", name)] == []
