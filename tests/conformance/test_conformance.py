"""The official conformance suite: against Darkroom itself what holds for any server, the rest against fixtures on it.

What the server leaves out on purpose is named with its reason in `expected_failures`; nothing else may fail, or warn.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.everything import everything_application
from conformance.fixtures import fixture_application
from conformance.installing import node, npm_file, run
from darkroom.settings import read_settings
from web.running import Listening, darkroom_on

pytestmark = pytest.mark.timeout(400)  # the first run installs the suite

ANY_SERVER = (
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "completion-complete",
    "dns-rebinding-protection",
    "sep-2164-resource-not-found",
    "caching",
    "http-header-validation",
)

WITH_TASKS = (
    "tasks-lifecycle",
    "tasks-capability-negotiation",
    "tasks-wire-fields",
    "tasks-request-state-removal",
    "tasks-mrtr-input",
    "tasks-request-headers",
    "tasks-dispatch-and-envelope",
    "tasks-required-task-error",
    "tasks-mrtr-composition",
)

EXPECTED_FAILURES = Path(__file__).parent / "expected_failures"

SKIPPING = {"server-session-lifecycle"}
"""Scenarios that find nothing to check in a server without sessions."""

_LISTED = re.compile(r"^  - (\S+) \[", re.MULTILINE)
_ENDED = re.compile(r"^[✓✗] (\S+): (\d+) passed, (\d+) failed", re.MULTILINE)
_SCORE = re.compile(r"Passed: (\d+)/(\d+), (\d+) failed")


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """Return Darkroom, without a token, since the suite has none to show."""
    folder = tmp_path_factory.mktemp("conformance")
    settings = read_settings(
        {"DARKROOM_SANDBOX": "1", "DARKROOM_HOME": str(folder), "DARKROOM_OUTPUT_DIR": str(folder)}
    )
    with darkroom_on(settings, token="") as listening:
        yield listening


@pytest.fixture(scope="session")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    folder = tmp_path_factory.mktemp("fixtures")
    settings = read_settings({"DARKROOM_HOME": str(folder), "DARKROOM_OUTPUT_DIR": str(folder)})
    with Listening(lambda address: fixture_application(settings, address)) as listening:
        yield listening


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    folder = tmp_path_factory.mktemp("everything")
    settings = read_settings({"DARKROOM_HOME": str(folder), "DARKROOM_OUTPUT_DIR": str(folder)})
    with Listening(lambda address: everything_application(settings, address)) as listening:
        yield listening


def suite(*arguments: str) -> tuple[int, str]:
    """Run the suite; return its exit code and what it said."""
    done = run([str(node()), npm_file("@modelcontextprotocol/conformance", "dist/index.js"), *arguments])
    return done.returncode, done.stdout + done.stderr


def played(scenario: str, url: str) -> None:
    code, said = suite("server", "--url", url, "--scenario", scenario, "--force")
    score = _SCORE.search(said)
    assert score, said[-3000:]
    assert score[1] == score[2] != "0", said[-3000:]
    assert code == 0, said[-3000:]


@pytest.mark.parametrize("scenario", ANY_SERVER)
def test_darkroom_passes(own: Listening, scenario: str) -> None:
    played(scenario, own.url)


@pytest.mark.parametrize("scenario", WITH_TASKS)
def test_what_needs_tasks_passes_on_the_same_application(tasks: Listening, scenario: str) -> None:
    played(scenario, tasks.url)


@pytest.mark.filterwarnings("ignore:The logging capability is deprecated")  # a fixture logs
@pytest.mark.parametrize(
    ("revision", "expected"), [("2025-06-18", "handshake"), ("2025-11-25", "handshake"), ("2026-07-28", "modern")]
)
def test_every_scenario_of_a_revision_passes_but_those_left_out_on_purpose(
    everything: Listening, revision: str, expected: str
) -> None:
    baseline = EXPECTED_FAILURES / f"{expected}.yaml"
    asked = ["--suite", "all", "--spec-version", revision, "--expected-failures", str(baseline)]
    code, said = suite("server", "--url", everything.url, *asked)
    assert code == 0, said[-3000:]
    ended = {scenario: int(passed) for scenario, passed, _ in _ENDED.findall(said)}
    assert ended.keys() == set(_LISTED.findall(suite("list", "--server", "--spec-version", revision)[1]))
    named = baseline.read_text(encoding="utf-8")
    in_vain = {scenario for scenario, passed in ended.items() if not passed and scenario not in named}
    assert in_vain <= SKIPPING
