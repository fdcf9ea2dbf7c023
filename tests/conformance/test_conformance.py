"""The official conformance suite: against Darkroom itself what holds for any server, the rest against its fixtures."""

import re
from collections.abc import Iterator

import pytest

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

WITH_FIXTURES = (
    "server-stateless",
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
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    folder = tmp_path_factory.mktemp("fixtures")
    settings = read_settings({"DARKROOM_HOME": str(folder), "DARKROOM_OUTPUT_DIR": str(folder)})
    with Listening(lambda address: fixture_application(settings, address)) as listening:
        yield listening


def played(scenario: str, url: str) -> None:
    suite = npm_file("@modelcontextprotocol/conformance", "dist/index.js")
    done = run([str(node()), suite, "server", "--url", url, "--scenario", scenario, "--force"])
    said = done.stdout + done.stderr
    score = _SCORE.search(said)
    assert score, said[-3000:]
    assert score[1] == score[2] != "0", said[-3000:]
    assert done.returncode == 0, said[-3000:]


@pytest.mark.parametrize("scenario", ANY_SERVER)
def test_darkroom_passes(own: Listening, scenario: str) -> None:
    played(scenario, own.url)


@pytest.mark.parametrize("scenario", WITH_FIXTURES)
def test_what_needs_fixtures_passes_on_the_same_application(fixtures: Listening, scenario: str) -> None:
    played(scenario, fixtures.url)
