"""The tutorial, second part: the three errors worth knowing, told apart by what they cost."""

import pytest

from desk import Desk, job_of, text_of

pytestmark = pytest.mark.anyio


async def test_a_mistake_in_an_argument_costs_nothing_and_says_how_to_mend_it(desk: Desk) -> None:
    """Refused before anything is sent: the nearest valid choice, and who takes the asked one."""
    answer = await desk.call("generate_image", prompt="A fox", model={"gpt-image-2-vip": {"size": "1024x1024"}})
    assert answer.is_error
    assert text_of(answer) == (
        'invalid_request: gpt-image-2-vip does not accept size="1024x1024". Nearest valid sizes: 1280x1280, 1024x1280, '
        "1280x1024. gpt-image-2 takes 1024x1024 exactly. Nothing was sent and nothing was charged."
    )


async def test_a_refusal_of_the_gateway_costs_nothing(desk: Desk) -> None:
    """charge none: change the prompt and ask again."""
    answer = await desk.call("generate_image", prompt="A forbidden fox [[policy-input]]")
    [failure] = job_of(answer)["failures"]
    assert (failure["code"], failure["charge"]) == ("content_policy", "none")


async def test_a_lost_answer_may_have_cost_something_and_is_not_asked_for_again(desk: Desk) -> None:
    """charge possible: only a person decides to pay perhaps twice, with another variation."""
    answer = await desk.call("generate_image", prompt="A lost fox [[drop]]")
    [failure] = job_of(answer)["failures"]
    assert (failure["code"], failure["charge"]) == ("disconnected", "possible")
    assert "variation 2" in job_of(answer)["next"]
    assert len(desk.calls("A lost fox")) == 1
