"""How a call can end otherwise than with an error from the gateway: without an answer, or without a picture.

Sources: docs.apiyi.com image-api-best-practices, 2026-07-15 (whoever hangs up pays, and no result is kept)
and chat-completions, 2026-07 (text instead of a picture is billed). Checked 2026-11-22.
"""

from typing import Final, Literal

from darkroom.catalog.faults import AGAIN_ON_PURPOSE, Fault

TransportKind = Literal["never_left", "timeout", "disconnected", "interrupted"]
"""At what point a call ended: before it was sent, before the first byte of its answer, before the last
one, or with the worker that waited for it."""

TRANSPORT: Final[dict[TransportKind, Fault]] = {
    "never_left": Fault(
        name="never left",
        code="gateway",
        charge="none",
        retry="unsent",
        meaning="No connection to the gateway came about within {seconds} s, so nothing was sent.",
        advice="Check the network and APIYI_BASE_URL; `darkroom doctor` says more.",
    ),
    "timeout": Fault(
        name="no answer in time",
        code="timeout",
        charge="possible",
        meaning="{model} gave no answer within {seconds} s; the gateway goes on, but keeps no result.",
        advice=AGAIN_ON_PURPOSE,
    ),
    "disconnected": Fault(
        name="cut off",
        code="disconnected",
        charge="possible",
        meaning="The connection broke after {seconds} s: the request to {model} was sent, its answer lost.",
        advice=AGAIN_ON_PURPOSE,
    ),
    "interrupted": Fault(
        name="worker died",
        code="interrupted",
        charge="possible",
        meaning="The process that waited for {model} ended {seconds} s after the call began.",
        advice=AGAIN_ON_PURPOSE,
    ),
}

REFUSED_IN_WORDS: Final = Fault(
    name="refused in words",
    code="content_policy",
    charge="certain",
    words=(
        "policy",
        "policies",
        "guideline",
        "safety",
        "violat",
        "违反",
        "违规",
        "政策",
        "敏感",
        "不符合规定",
    ),
    meaning="{model} answered with a refusal instead of a picture, which is billed like one.",
    advice="Change the prompt or the pictures; the same request is refused again.",
    another_model=True,
)
NO_PICTURE: Final = Fault(
    name="no picture",
    code="no_image",
    charge="certain",
    meaning="{model} answered without a picture, which is billed like one.",
    advice="Say in the prompt what the picture shows, with its style and shape, and ask for nothing else.",
    another_model=True,
)
UNREADABLE: Final = Fault(
    name="not understood",
    code="not_an_image",
    charge="certain",
    meaning="{model} answered in a form that is not understood, which is billed like a picture.",
    advice="What came is kept; look at it before asking again.",
)
