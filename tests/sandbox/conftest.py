"""One sandbox without delays for the whole folder, and a customer with its own ledger for each test."""

from collections.abc import Iterator
from itertools import count

import httpx2
import pytest

from darkroom.sandbox.options import Options
from darkroom.sandbox.server import Running
from sandbox.customer import TIMEOUT_SECONDS, Customer

_labels = count(1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Running]:
    with Running(Options(time_scale=0)) as running:
        yield running


@pytest.fixture(scope="session")
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=TIMEOUT_SECONDS) as client:
        yield client


@pytest.fixture
def customer(sandbox: Running, http: httpx2.Client) -> Customer:
    return Customer(sandbox, http, f"customer-{next(_labels)}")
