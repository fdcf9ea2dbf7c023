"""Hosts of every era hear what becomes of the pictures that they asked about, whoever did it, and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from darkroom.sandbox.server import Running
from environments import environment_of
from protocol.pipe import HANDSHAKE, Message, Pipe

LIBRARY = "darkroom://images"
UPDATED = "notifications/resources/updated"


@pytest.fixture(scope="module")
def home(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a library of their own, in which nothing happens but what they do."""
    return environment_of(sandbox, tmp_path_factory.mktemp("listening"), f"listening-{os.getpid()}")


@pytest.fixture(scope="module")
def other(home: dict[str, str]) -> Iterator[Pipe]:
    """Return another host, with a server of its own on the same library."""
    with Pipe(home) as other:
        other.initialize(HANDSHAKE[-1])
        yield other


def made(other: Pipe, prompt: str) -> dict[str, Any]:
    """Make a picture and return its row."""
    answer = other.call("generate_image", prompt=prompt)
    while (job := answer["structuredContent"]["jobs"][0])["status"] == "working":
        answer = other.call("wait_for_jobs", job_ids=[job["job_id"]])
    assert job["status"] == "completed", job
    return job["images"][0]


def deleted(home: dict[str, str], image: dict[str, Any]) -> None:
    """Delete a picture as a person does."""
    command = [sys.executable, "-m", "darkroom", "delete", "--yes", image["image_id"]]
    subprocess.run(command, env=home, check=True, capture_output=True)


def subscribe(host: Pipe, uri: str) -> None:
    assert host.ask("resources/subscribe", {"uri": uri})["result"] == {}


def heard(host: Pipe) -> list[str]:
    """Return what the host was told so far, in its order."""
    return [message["params"]["uri"] for message in host.said if message.get("method") == UPDATED]


@pytest.mark.parametrize("version", HANDSHAKE)
def test_a_subscriber_hears_of_a_picture_that_another_process_made(
    home: dict[str, str], other: Pipe, version: str
) -> None:
    with Pipe(home) as host:
        assert host.initialize(version)["capabilities"]["resources"]["subscribe"] is True
        subscribe(host, LIBRARY)
        image = made(other, f"a lark {version}")
        assert host.until(UPDATED)["params"] == {"uri": LIBRARY}
        [content] = host.ask("resources/read", {"uri": LIBRARY})["result"]["contents"]
        assert json.loads(content["text"])["images"][0]["image_id"] == image["image_id"]
        assert host.hang_up()[0] == 0


def test_a_subscriber_hears_of_its_own_job_that_nobody_waits_for(home: dict[str, str]) -> None:
    with Pipe(home) as host:
        host.initialize(HANDSHAKE[-1])
        subscribe(host, LIBRARY)
        host.call("generate_image", prompt="a wren [[latency:2]]", wait_seconds=0)
        assert host.until(UPDATED)["params"] == {"uri": LIBRARY}


def test_a_picture_that_was_deleted_is_told_to_whoever_asked_about_it_or_the_library(
    home: dict[str, str], other: Pipe
) -> None:
    image, kept = made(other, "a finch"), made(other, "another finch")
    with Pipe(home) as host:
        host.initialize(HANDSHAKE[-1])
        for uri in (image["uri"], kept["uri"], LIBRARY):
            subscribe(host, uri)
        deleted(home, image)
        while len(heard(host)) < 2:
            host.until(UPDATED)
        assert heard(host) == [image["uri"], LIBRARY]
        assert host.ask("resources/read", {"uri": image["uri"]})["error"]["code"] == -32002


def test_whoever_unsubscribed_hears_nothing_more(home: dict[str, str], other: Pipe) -> None:
    """What was told of two other pictures after it shows that the library's own news would have come before."""
    first, second = made(other, "a dunnock"), made(other, "a siskin")
    with Pipe(home) as host:
        host.initialize(HANDSHAKE[-1])
        for uri in (LIBRARY, first["uri"], second["uri"]):
            subscribe(host, uri)
        for _ in range(2):
            assert host.ask("resources/unsubscribe", {"uri": LIBRARY})["result"] == {}
        made(other, "a redpoll")
        for image in (first, second):
            deleted(home, image)
            assert host.until(UPDATED)["params"]["uri"] == image["uri"]
        assert heard(host) == [first["uri"], second["uri"]]


@pytest.mark.parametrize("uri", ["darkroom://images/img_0000000000000000", "darkroom://nothing", "file:///etc/passwd"])
def test_what_is_not_there_cannot_be_subscribed_to(home: dict[str, str], uri: str) -> None:
    with Pipe(home) as host:
        host.initialize(HANDSHAKE[-1])
        error = host.ask("resources/subscribe", {"uri": uri})["error"]
        assert (error["code"], error["data"]) == (-32002, {"uri": uri})
        assert host.ask("resources/subscribe", {})["error"]["code"] == -32602
        subscribe(host, "darkroom://models")


def test_the_first_picture_of_all_is_heard_of_and_listening_makes_no_database(sandbox: Running, tmp_path: Path) -> None:
    empty = environment_of(sandbox, tmp_path, f"nothing-{os.getpid()}")
    with Pipe(empty) as host:
        host.initialize(HANDSHAKE[-1])
        subscribe(host, LIBRARY)
        assert not (tmp_path / "home" / "darkroom.sqlite").exists()
        with Pipe(empty) as second:
            second.initialize(HANDSHAKE[-1])
            made(second, "the first")
        assert host.until(UPDATED)["params"] == {"uri": LIBRARY}


def test_the_newest_era_hears_on_its_stream_of_what_others_do(home: dict[str, str], other: Pipe) -> None:
    image = made(other, "a brambling")
    with Pipe(home) as host:
        assert host.ask("resources/subscribe", {"uri": LIBRARY})["error"]["code"] == -32601
        asked: Message = {"resourcesListChanged": True, "resourceSubscriptions": [LIBRARY, image["uri"]]}
        host.begin("subscriptions/listen", {"notifications": asked})
        host.until("notifications/subscriptions/acknowledged")
        made(other, "a linnet")
        host.until("notifications/resources/list_changed")
        assert host.until(UPDATED)["params"]["uri"] == LIBRARY
        deleted(home, image)
        assert host.until(UPDATED)["params"]["uri"] == image["uri"]
        assert host.until(UPDATED)["params"]["uri"] == LIBRARY
        assert heard(host) == [LIBRARY, image["uri"], LIBRARY]


def test_one_picture_is_told_once(home: dict[str, str], other: Pipe) -> None:
    """The call that made it says so, and the look at the library sees it."""
    image = made(other, "a goldfinch")
    with Pipe(home) as host:
        host.begin("subscriptions/listen", {"notifications": {"resourceSubscriptions": [LIBRARY, image["uri"]]}})
        host.until("notifications/subscriptions/acknowledged")
        for number in range(2):
            host.call("generate_image", prompt=f"a chaffinch {number}")
            while len(heard(host)) <= number:
                host.until(UPDATED)
        deleted(home, image)
        while image["uri"] not in heard(host):
            host.until(UPDATED)
        assert heard(host) == [LIBRARY, LIBRARY, image["uri"]]
