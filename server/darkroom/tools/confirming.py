"""The question before a dear call, where the user wants one (DARKROOM_CONFIRM_USD) and the host can ask it.

A host that cannot ask gets no question: the call goes on, and the caps hold as ever.
"""

from typing import Final

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, Field

from darkroom.core.cost import dollars
from darkroom.core.order import Order
from darkroom.errors import NOTHING_SENT, DeclinedError
from darkroom.tools.boundary import Session

_DECLINED: Final = f"The user did not agree to the price. {NOTHING_SENT} Ask the user what to do instead."


class Consent(BaseModel):
    """What the person fills in."""

    make_it: bool = Field(title="Make it", description="Whether to go on and pay this.")


async def confirm(session: Session, order: Order) -> InputRequiredResult | None:
    """Ask whether the price of `order` is right, if it is above the user's mark and the host can ask.

    Returns None to go on; in the eras without a line back, the question, which the host answers by calling again.

    Raises:
        DeclinedError: If the user said no, or nothing for as long as a call may wait. Nothing was sent.
    """
    mark, high_usd = session.front.settings.confirm_usd, order.attempt.high_usd * order.count
    if mark is None or high_usd <= mark or order.sandbox or not _can_ask(session):
        return None
    pictures = "1 picture" if order.count == 1 else f"{order.count} pictures"
    question = f"Make {pictures} with {order.attempt.model} for at most ${dollars(high_usd)}?"
    if session.context.protocol_version in MODERN_PROTOCOL_VERSIONS:
        return _ask_by_answer(session, question, f"price_{order.digest('')[:16]}_{high_usd}")
    await _ask_now(session, question)
    return None


def _can_ask(session: Session) -> bool:
    capabilities = session.context.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    # A host of 2025-06-18 declares it without naming forms; one that names only URLs has none.
    return elicitation is not None and not (elicitation.form is None and elicitation.url is not None)


def _ask_by_answer(session: Session, question: str, name: str) -> InputRequiredResult | None:
    """Ask through the result. `name` holds what was asked, so that an answer to another price does not count."""
    answer = (session.context.input_responses or {}).get(name)
    if answer is None:
        schema = Consent.model_json_schema()
        params = ElicitRequestFormParams(message=question, requested_schema=schema)
        return InputRequiredResult(input_requests={name: ElicitRequest(params=params)})
    if isinstance(answer, ElicitResult) and answer.action == "accept" and (answer.content or {}).get("make_it") is True:
        return None
    raise DeclinedError(_DECLINED)


async def _ask_now(session: Session, question: str) -> None:
    """Ask over the line back; a host that declared it and then cannot is one that cannot."""
    if not session.context.session.can_send_request:
        return
    with anyio.move_on_after(session.wait(None).seconds) as patience:
        try:
            answer = await session.context.elicit(question, Consent)
        except MCPError:
            return
        except ValueError as exc:  # the form came back empty or wrong
            raise DeclinedError(_DECLINED) from exc
        if answer.action == "accept" and answer.data.make_it:
            return
        raise DeclinedError(_DECLINED)
    if patience.cancelled_caught:
        raise DeclinedError(
            f"The user did not answer whether to pay this. {NOTHING_SENT} Ask again when they are there."
        )
