"""Jobs as the database would return them, for tests of what is told about them."""

from dataclasses import replace

from darkroom.core.failure import Failure
from darkroom.core.job import State, status
from darkroom.core.order import Order
from darkroom.core.plan import Request, plan
from darkroom.core.records import Call, Image, Job

NOW = 1_795_345_200.0
"""2026-11-22 11:00 UTC."""

ORDER = Order(
    operation="generate",
    prompt="a red fox in snow",
    attempt=plan("gpt-image-2-vip", {"size": "3840x2160"}, Request(operation="generate", prompt="a red fox in snow")),
    settings={"size": "3840x2160"},
    folder="/home/ada/Pictures/Darkroom",
)

IMAGE = Image(
    image_id="img_7k2m9q4t8w1x",
    job_id="job_3f9a1c5e7b2d",
    call_id="call_1",
    created_at=NOW + 94.1,
    kind="picture",
    path="/home/ada/Pictures/Darkroom/2026-11-22_a-red-fox-in-snow_7k2m9q.png",
    format="png",
    width=3840,
    height=2160,
    bytes=11_200_345,
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    prompt="a red fox in snow",
    model="gpt-image-2-vip",
    turn=1,
    root_id="img_7k2m9q4t8w1x",
    derived_from=(),
    original_image_id="",
    requested_size="3840x2160",
    source_url="",
    source_url_expires_at=None,
    charged_microusd=30_000,
    warnings=(),
)


def call(state: State, failure: Failure | None = None, *, ordinal: int = 1) -> Call:
    """Make a call that stands in `state`."""
    settled = {State.SAVED: 30_000, State.SPOILED: 30_000, State.HELD: 30_000, State.REFUSED: 0, State.CANCELLED: 0}
    return Call(
        call_id=f"call_{ordinal}",
        job_id="job_3f9a1c5e7b2d",
        ordinal=ordinal,
        state=state,
        attempt=1,
        tries=1,
        model="gpt-image-2-vip",
        executor="worker-1",
        sent_at=None if state in (State.PLANNED, State.CANCELLED) else NOW + 0.2,
        ended_at=None,
        next_send_at=None,
        reserved_microusd=30_000,
        charged_microusd=settled.get(state),
        basis="flat",
        failure=failure,
        note="",
        target="",
    )


def job(*calls: Call, images: tuple[Image, ...] = (), order: Order = ORDER) -> Job:
    """Make the job of these calls; it took 94.1 s if it has ended."""
    told = status(each.state for each in calls)
    return Job(
        job_id="job_3f9a1c5e7b2d",
        created_at=NOW,
        queue="queue",
        status=told,
        order=order.model_copy(update={"count": len(calls)}),
        ended_at=None if told == "working" else NOW + 94.1,
        delivered_at=None,
        note="",
        calls=calls,
        images=images,
    )


def refused() -> Failure:
    """Return a failure that cost nothing."""
    return Failure(
        code="content_policy",
        message="The prompt was refused by the content rules. Change the prompt.",
        charge="none",
        request_id="2026112211003",
    )


def in_doubt() -> Failure:
    """Return a failure whose charge nobody knows."""
    return Failure(code="timeout", message="gpt-image-2-vip gave no answer within 600 s.", charge="possible")


def spoiled() -> Failure:
    """Return a failure that was charged, with bytes that were kept."""
    return Failure(
        code="not_an_image",
        message="The bytes that came are no picture.",
        charge="certain",
        path="/home/ada/Pictures/Darkroom/2026-11-22_a-red-fox-in-snow_call_1.bin",
    )


def held() -> Failure:
    """Return a failure of a picture that waits for its place."""
    return Failure(
        code="storage",
        message="The folder cannot be written (No space left on device). The picture is safe.",
        charge="certain",
    )


def finished(*, edited: bool = False) -> Job:
    """Return a job that ended with its picture."""
    parents = ("img_aaaaaaaaaaaa",) if edited else ()
    picture = replace(IMAGE, derived_from=parents, turn=2 if edited else 1)
    return job(call(State.SAVED), images=(picture,))
