"""Rows of the database, read as the values of `core.records`."""

import json
from collections.abc import Sequence
from typing import Any

from darkroom.core.failure import Failure
from darkroom.core.job import State
from darkroom.core.order import Order
from darkroom.core.records import Call, Image, Job


def read_job(row: Any, call_rows: Sequence[Any], image_rows: Sequence[Any]) -> Job:
    """Read a job with the rows of its calls and pictures."""
    return Job(
        job_id=row.job_id,
        created_at=row.created_at,
        queue=row.queue,
        status=row.status,
        order=Order.model_validate_json(row.order_json),
        ended_at=row.ended_at,
        delivered_at=row.delivered_at,
        note=row.note,
        calls=tuple(read_call(call) for call in call_rows),
        images=tuple(read_image(image) for image in image_rows),
    )


def read_call(row: Any) -> Call:
    """Read one row of the calls."""
    return Call(
        call_id=row.call_id,
        job_id=row.job_id,
        ordinal=row.ordinal,
        state=State(row.state),
        attempt=row.attempt,
        tries=row.tries,
        model=row.model,
        executor=row.executor,
        sent_at=row.sent_at,
        ended_at=row.ended_at,
        next_send_at=row.next_send_at,
        reserved_microusd=row.reserved_microusd,
        charged_microusd=row.charged_microusd,
        basis=row.basis,
        failure=Failure(**json.loads(row.failure_json)) if row.failure_json else None,
        note=row.note,
        target=row.target,
    )


def read_image(row: Any) -> Image:
    """Read one row of the library."""
    return Image(
        image_id=row.image_id,
        job_id=row.job_id,
        call_id=row.call_id,
        created_at=row.created_at,
        kind=row.kind,
        path=row.path,
        format=row.format,
        width=row.width,
        height=row.height,
        bytes=row.bytes,
        sha256=row.sha256,
        prompt=row.prompt,
        model=row.model,
        turn=row.turn,
        root_id=row.root_id,
        derived_from=tuple(json.loads(row.derived_from)),
        original_image_id=row.original_image_id,
        requested_size=row.requested_size,
        source_url=row.source_url,
        source_url_expires_at=row.source_url_expires_at,
        charged_microusd=row.charged_microusd,
        warnings=tuple(json.loads(row.warnings_json)),
    )
