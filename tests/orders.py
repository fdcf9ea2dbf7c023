"""An order as the journal takes it, and a queue that goes nowhere."""

from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from darkroom.core.order import Attempt, Order


def an_order(folder: Path, **more: object) -> Order:
    """Make an order of one picture at a flat price."""
    attempt = Attempt(
        model="gpt-image-2-all",
        endpoint="images",
        fields={},
        usd=Decimal("0.03"),
        high_usd=Decimal("0.03"),
        basis="flat",
        typical_seconds=(30, 90),
        timeout_seconds=300,
    )
    return Order(operation="generate", prompt="p", attempt=attempt, folder=str(folder)).model_copy(update=more)


def nowhere(_connection: sa.Connection, _queue: str, _job_id: str) -> None:
    """Enqueue nothing."""
