"""Orders: they survive JSON whole, and their fingerprint changes with everything that was asked for."""

from decimal import Decimal
from typing import Any

import pytest

from darkroom.core.order import Attempt, Delivery, Order, Source
from darkroom.core.plan import Request, plan

ATTEMPT = plan("gpt-image-2-vip", {}, Request(operation="generate", prompt="a fox"))
OTHER = plan("gpt-image-2-all", {}, Request(operation="generate", prompt="a fox"))
ORDER = Order(operation="generate", prompt="a fox", attempt=ATTEMPT, folder="/pictures")

FULL = Order(
    operation="edit",
    prompt="狐狸 🦊 \u2028 bluer",
    attempt=ATTEMPT,
    fallback=(OTHER,),
    settings={"size": "2048x2048", "response_format": "url"},
    count=3,
    variation=2,
    multiplier=Decimal("1.2"),
    sandbox=True,
    folder="/pictures",
    file_name="fox.png",
    save_to="foxes/fox.png",
    deliver=Delivery(width=100, height=50, fit="contain", format="webp", quality=80),
    images=(Source(kind="file", path="/in/1.png", named="1.png", sha256="ab"),),
    mask=Source(kind="url", url="https://example.org/mask.png", sha256="cd"),
    regions=({"shape": "ellipse", "x": 0.1},),
    keep_outside=True,
    budget_usd=Decimal("2.50"),
    max_call_usd=Decimal("0.40"),
)

CHANGES: list[dict[str, Any]] = [
    {"operation": "edit"},
    {"prompt": "a fox."},
    {"attempt": OTHER},
    {"fallback": (OTHER,)},
    {"settings": {"size": "1280x1280"}},
    {"count": 2},
    {"variation": 2},
    {"save_to": "foxes"},
    {"deliver": Delivery(width=100, height=50)},
    {"images": (Source(kind="file", sha256="ab"),)},
    {"mask": Source(kind="file", sha256="cd")},
    {"regions": ({"shape": "ellipse"},)},
    {"keep_outside": True},
]


@pytest.mark.parametrize("order", [ORDER, FULL], ids=["plain", "full"])
def test_an_order_comes_back_from_json_as_it_was(order: Order) -> None:
    assert Order.model_validate_json(order.model_dump_json()) == order


def test_an_order_of_a_later_version_can_be_read() -> None:
    text = ORDER.model_dump_json()[:-1] + ',"invented_later": 1}'
    assert Order.model_validate_json(text) == ORDER


@pytest.mark.requirement("charge:same-request")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_whatever_is_asked_for_changes_the_fingerprint(change: dict[str, Any]) -> None:
    assert ORDER.model_copy(update=change).digest("queue") != ORDER.digest("queue")


def test_the_parts_of_a_delivery_and_the_order_of_inputs_change_the_fingerprint() -> None:
    base = Delivery(width=100, height=50)
    for change in ({"width": 101}, {"height": 51}, {"fit": "stretch"}, {"format": "jpeg"}, {"quality": 1}):
        one = ORDER.model_copy(update={"deliver": base})
        other = ORDER.model_copy(update={"deliver": base.model_copy(update=change)})
        assert one.digest("queue") != other.digest("queue")
    first, second = Source(kind="file", sha256="a"), Source(kind="file", sha256="b")
    straight, turned = (ORDER.model_copy(update={"images": pair}) for pair in ((first, second), (second, first)))
    assert straight.digest("queue") != turned.digest("queue")


def test_another_key_or_gateway_makes_another_request() -> None:
    assert ORDER.digest("queue-1") != ORDER.digest("queue-2")


@pytest.mark.requirement("charge:same-request")
def test_what_the_server_decided_does_not_change_the_fingerprint() -> None:
    """A price that moved or a folder that was resolved is no other request."""
    changes: dict[str, Any] = {
        "attempt": ATTEMPT.model_copy(update={"usd": Decimal(9), "warnings": ("w",)}),
        "folder": "/elsewhere",
        "multiplier": Decimal(2),
        "budget_usd": Decimal(1),
        "max_call_usd": Decimal(1),
        "sandbox": True,
    }
    for name, value in changes.items():
        assert ORDER.model_copy(update={name: value}).digest("queue") == ORDER.digest("queue")


def test_the_order_of_settings_does_not_change_the_fingerprint() -> None:
    one = ORDER.model_copy(update={"settings": {"size": "auto", "response_format": "url"}})
    other = ORDER.model_copy(update={"settings": {"response_format": "url", "size": "auto"}})
    assert one.digest("queue") == other.digest("queue")


def test_the_models_are_tried_in_turn() -> None:
    assert FULL.attempts() == (ATTEMPT, OTHER)
    assert [attempt.model for attempt in ORDER.attempts()] == ["gpt-image-2-vip"]


def test_a_value_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        ORDER.count = 2  # pyright: ignore[reportAttributeAccessIssue]
    assert isinstance(ORDER.attempt, Attempt)
