"""Servers over HTTP behind a load balancer, on one PostgreSQL, with shared folders as README asks."""

import httpx2
import pytest

from darkroom.settings import read_settings
from postgres.machines import Machine
from protocol.making import made, seen_to_end
from web.calling import session
from web.running import darkroom_on

pytestmark = pytest.mark.anyio


async def test_what_one_server_began_another_one_shows(here: Machine) -> None:
    """A job goes on at the other server, whose link to the picture opens at either."""
    settings = read_settings(here.environment)
    with darkroom_on(settings) as one, darkroom_on(settings) as other:
        async with session(one.url) as client:
            begun = await client.call_tool("generate_image", {"prompt": "a weir", "wait_seconds": 0})
        async with session(other.url) as client:
            _, job = await seen_to_end(client, begun)
            _, another = await made(client, "a sluice")
        for path in (job["images"][0]["url"], another["images"][0]["url"]):
            assert path.startswith(other.origin)
            for origin in (one.origin, other.origin):
                picture = httpx2.get(path.replace(other.origin, origin))
                assert picture.status_code == 200
                assert picture.headers["content-type"].startswith("image/")
    assert len(here.posts()) == 2
