"""Pictures over HTTP: links that a browser opens and nobody forges, uploads, and nothing about this machine's files."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest
from mcp.client import Client
from mcp_types import CallToolResult, ResourceLink
from PIL import Image
from starlette.datastructures import QueryParams

from darkroom.sandbox.server import Running
from darkroom.settings import Settings, read_settings
from darkroom.web.uploads import MAX_BYTES
from desk import job_of, text_of
from protocol.making import made, seen_to_end
from web.calling import session
from web.running import Listening, darkroom_on


async def picture(client: Client, prompt: str, **arguments: Any) -> tuple[CallToolResult, dict[str, Any]]:
    answer, job = await made(client, prompt, **arguments)
    return answer, job["images"][0]


def picture_bytes(folder: Path, form: str = "PNG") -> bytes:
    file = folder / f"upload.{form.lower()}"
    Image.new("RGB", (320, 200), "teal").save(file, form)
    return file.read_bytes()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.anyio
async def test_results_are_complete_in_text_and_structure(
    server: Listening, mode: Any, stranger: httpx2.Client
) -> None:
    async with session(server.url, mode) as client:
        answer, image = await picture(client, f"a kiosk {mode}", model="gpt-image-2-vip")
    text = text_of(answer)
    job = job_of(answer)
    for value in (job["job_id"], image["image_id"], image["url"], image["sha256"], image["uri"], "url"):
        assert str(value) in text
    links = [block for block in answer.content if isinstance(block, ResourceLink)]
    assert [str(link.uri) for link in links] == [image["url"]]
    assert len(answer.model_dump_json()) < 200_000
    fetched = stranger.get(image["url"])
    assert hashlib.sha256(fetched.content).hexdigest() == image["sha256"]
    assert fetched.headers["content-type"] == "image/png"
    assert fetched.headers["content-disposition"].startswith("inline")
    assert fetched.headers["x-content-type-options"] == "nosniff"


@pytest.mark.anyio
async def test_no_answer_tells_where_files_lie(server: Listening, settings: Settings) -> None:
    async with session(server.url) as client:
        answer, image = await picture(client, "a jetty")
        said = [
            answer.model_dump_json(),
            (await client.call_tool("list_images", {})).model_dump_json(),
            (await client.call_tool("list_images", {"image_id": image["image_id"]})).model_dump_json(),
            (await client.call_tool("generate_image", {"prompt": "x", "save_to": "/etc/x.png"})).model_dump_json(),
            (await client.call_tool("generate_image", {"prompt": "x [[not-an-image]]"})).model_dump_json(),
            (await client.read_resource("darkroom://images")).model_dump_json(),
        ]
        shown = await client.call_tool("view_image", {"image_id": image["image_id"]})
    assert "path" not in image
    for text in said:
        assert str(settings.home.parent) not in text
        assert '"path"' not in text
    assert [block.type for block in shown.content] == ["image"]
    assert shown.structured_content is None


@pytest.mark.parametrize("name", ["/etc/passwd", "~/x.png", "file:///etc/passwd", "C:\\x.png", "../x.png"])
@pytest.mark.anyio
async def test_paths_of_this_machine_are_no_inputs(server: Listening, name: str) -> None:
    async with session(server.url) as client:
        refused = await client.call_tool("edit_image", {"prompt": "x", "images": [name]})
    assert refused.is_error
    assert "POST /uploads" in text_of(refused)


@pytest.mark.anyio
async def test_callers_who_share_the_files_get_paths_if_the_user_allows_it(settings: Settings, tmp_path: Path) -> None:
    own = read_settings({**settings.environment, "DARKROOM_HTTP_LOCAL": "1"})
    await anyio.Path(tmp_path / "in.png").write_bytes(picture_bytes(tmp_path))
    with darkroom_on(own) as server:
        async with session(server.url) as client:
            arguments = {"prompt": "brighter", "images": [str(tmp_path / "in.png")]}
            answer, job = await seen_to_end(client, await client.call_tool("edit_image", arguments))
    image = job["images"][0]
    assert await anyio.Path(image["path"]).exists()
    assert image["path"] in text_of(answer)
    assert image["url"] in text_of(answer)


@pytest.mark.anyio
async def test_links_that_were_changed_or_have_ended_open_nothing(server: Listening, stranger: httpx2.Client) -> None:
    async with session(server.url) as client:
        _, one = await picture(client, "a pier")
        _, other = await picture(client, "a quay")
    link = str(one["url"])
    query = QueryParams(urlsplit(link).query)
    exp, sig = query["exp"], query["sig"]
    base = f"{server.origin}/images"
    for link in (
        f"{base}/{one['image_id']}",
        f"{base}/{one['image_id']}?exp={exp}",
        f"{base}/{one['image_id']}?exp={int(exp) + 3600}&sig={sig}",
        f"{base}/{one['image_id']}?exp={exp}&sig={sig[:-1]}A" if sig[-1] != "A" else f"{base}/x?exp=1&sig=B",
        f"{base}/{other['image_id']}?exp={exp}&sig={sig}",
        f"{base}/..%2f..%2fetc%2fpasswd?exp={exp}&sig={sig}",
        f"{base}/%2e%2e?exp={exp}&sig={sig}",
    ):
        answer = stranger.get(link)
        assert answer.status_code in (401, 403, 404)
        assert not answer.content.startswith(b"\x89PNG")
        assert b"root:" not in answer.content
    assert stranger.get(one["url"]).status_code == 200


@pytest.mark.anyio
async def test_every_server_on_one_database_takes_every_link(
    server: Listening, replica: Listening, stranger: httpx2.Client
) -> None:
    """Behind a load balancer the next request may reach another one: tools, links, resources."""
    async with session(server.url) as client:
        submitted = job_of(await client.call_tool("generate_image", {"prompt": "a lock", "wait_seconds": 0}))
    async with session(replica.url, "legacy") as client:
        answer = await client.call_tool("wait_for_jobs", {"job_ids": [submitted["job_id"]]})
        _, job = await seen_to_end(client, answer)
        image = job["images"][0]
    assert stranger.get(image["url"]).status_code == 200
    assert stranger.get(image["url"].replace(replica.origin, server.origin)).status_code == 200


@pytest.mark.anyio
async def test_many_callers_at_once_each_get_their_own(server: Listening, replica: Listening) -> None:
    found: dict[int, str] = {}

    async def one(number: int) -> None:
        url = (server if number % 2 else replica).url
        async with session(url, "auto" if number // 2 % 2 else "legacy") as client:
            _, job = await made(client, f"caller {number}")
            found[number] = job["job_id"]

    async with anyio.create_task_group() as callers:
        for number in range(8):
            callers.start_soon(one, number)
    assert len(set(found.values())) == 8


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.anyio
async def test_an_upload_becomes_an_input(
    server: Listening, http: httpx2.Client, tmp_path: Path, sandbox: Running, label: str, form: str
) -> None:
    content = picture_bytes(tmp_path, form)
    whole = http.post(f"{server.origin}/uploads", content=content)
    assert whole.status_code == 201
    kept = whole.json()
    assert (kept["width"], kept["height"], kept["format"]) == (320, 200, form.lower())
    assert kept["sha256"] == hashlib.sha256(content).hexdigest()
    assert "path" not in kept
    as_form = http.post(f"{server.origin}/uploads", files={"file": ("name.txt", content, "text/plain")})
    assert as_form.json()["image_id"] == kept["image_id"]
    async with session(server.url) as client:
        prompt = f"warmer light {form}"
        answer = await client.call_tool("edit_image", {"prompt": prompt, "images": [kept["image_id"]]})
        _, job = await seen_to_end(client, answer)
    assert job["images"][0]["derived_from"] == [kept["image_id"]]
    assert [call["prompt"] for call in sandbox.calls(label)].count(prompt) == 1


def test_uploads_that_are_no_picture_are_refused(
    server: Listening, http: httpx2.Client, stranger: httpx2.Client, tmp_path: Path, settings: Settings
) -> None:
    content = picture_bytes(tmp_path)
    url = f"{server.origin}/uploads"
    assert stranger.post(url, content=content).status_code == 401
    assert http.post(url, content=b"").status_code == 400
    assert http.post(url, content=b"<svg/>", headers={"Content-Type": "image/png"}).status_code == 415
    assert http.post(url, content=content[:20]).status_code == 415
    assert http.post(url, files={}, data={"a": "b"}).status_code in (400, 415)
    two = [("file", ("a.png", content)), ("file", ("b.png", content))]
    assert http.post(url, files=two).status_code == 400
    assert http.post(url, content=b"--x", headers={"Content-Type": "multipart/form-data"}).status_code == 400
    assert http.post(url, content=b"\x89PNG" + b"x" * MAX_BYTES).status_code == 413
    huge = tmp_path / "huge.png"
    Image.new("1", (14_000, 14_000)).save(huge)
    assert http.post(url, content=huge.read_bytes()).status_code == 413
    assert http.get(url).status_code == 404
    assert not list((settings.home / "uploads").iterdir())
    refusals = json.dumps(http.post(url, content=b"no").json())
    assert str(settings.home) not in refusals
    assert http.post(url, content=content).status_code == 201


@pytest.mark.anyio
async def test_a_call_waits_no_longer_than_for_an_unknown_host(server: Listening) -> None:
    """Whatever the caller calls itself: a proxy in between may cut the line."""
    async with session(server.url) as client:
        answer = await client.call_tool("generate_image", {"prompt": "a weir", "wait_seconds": 240})
    assert "wait_seconds was cut from 240 to 55" in text_of(answer)
