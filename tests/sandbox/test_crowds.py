"""Hundreds of calls at the same time are all answered, each with its own picture and its own line in the ledger."""

import anyio
import httpx2
import pytest

from sandbox.customer import TIMEOUT_SECONDS, Customer


@pytest.mark.anyio
async def test_three_hundred_calls_at_once_are_all_answered_and_billed(customer: Customer) -> None:
    statuses: list[int] = []
    headers = {"authorization": f"Bearer {customer.key}"}
    limits = httpx2.Limits(max_connections=300)
    async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, limits=limits, headers=headers) as http:

        async def ask(place: int) -> None:
            body = {"model": "gpt-image-2", "prompt": f"fox {place % 5} [[latency:0.5]]", "size": "1024x640"}
            answer = await http.post(customer.sandbox.base_url + "/images/generations", json=body)
            statuses.append(answer.status_code)

        async with anyio.create_task_group() as group:
            for place in range(300):
                group.start_soon(ask, place)
    assert statuses == [200] * 300
    calls = customer.calls()
    assert (len(calls), {call["billed"] for call in calls}) == (300, {True})
    assert len({call["request_id"] for call in calls}) == 300
