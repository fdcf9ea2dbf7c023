"""What an agent reads of a job: one object for `structuredContent`, and the same facts as text."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from darkroom.catalog import CHECKED
from darkroom.catalog.faults import CHARGE_SENTENCE
from darkroom.core.cost import dollars, from_microdollars
from darkroom.core.failure import Failure
from darkroom.core.job import CHARGE, State
from darkroom.core.order import Attempt
from darkroom.core.records import Call, Image, Job

_WITHOUT_PICTURE: Final = frozenset({State.REFUSED, State.IN_DOUBT, State.SPOILED, State.HELD, State.CANCELLED})

Report: TypeAlias = dict[str, Any]


def job_report(job: Job, now: float, *, links: Mapping[str, str] | None = None) -> Report:
    """Report a job. `links` maps image ids to links that a browser opens, where the server serves some."""
    report: Report = {
        "job_id": job.job_id,
        "status": job.status,
        "operation": job.order.operation,
        "model": _model(job),
        "images": [image_report(image, (links or {}).get(image.image_id, "")) for image in job.images],
    }
    if failures := _failures(job.calls):
        report["failures"] = failures
    report["cost"] = _cost(job)
    # A clock that was set back meanwhile must not make it negative.
    report["elapsed_seconds"] = round(max(0.0, (job.ended_at or now) - job.created_at), 1)
    report["typical_seconds"] = list(_attempt(job).typical_seconds)
    if warnings := _warnings(job):
        report["warnings"] = warnings
    report["next"] = _next(job, "url" if links else "path")
    return report


def image_report(image: Image, link: str = "") -> Report:
    """Report a picture; pixels are those of the file."""
    report: Report = {
        "image_id": image.image_id,
        "path": image.path,
        "uri": f"darkroom://images/{image.image_id}",
    }
    if link:
        report["url"] = link
    if image.source_url:
        report["source_url"] = image.source_url
    if image.source_url_expires_at:
        report["source_url_expires_at"] = iso(image.source_url_expires_at)
    report |= {
        "width": image.width,
        "height": image.height,
        "format": image.format,
        "bytes": image.bytes,
        "sha256": image.sha256,
    }
    if image.requested_size:
        report["requested_size"] = image.requested_size
    if image.original_image_id:
        report["original_image_id"] = image.original_image_id
    return report | {"derived_from": list(image.derived_from), "turn": image.turn}


def failure_report(failure: Failure) -> Report:
    """Report why a call made no picture."""
    report: Report = {"code": failure.code, "message": failure.message, "charge": failure.charge}
    for name in ("request_id", "trace_id", "path"):
        if value := getattr(failure, name):
            report[name] = value
    return report


def reports_text(reports: Iterable[Report], *, sandbox: bool) -> str:
    """Write reports as text that is complete by itself."""
    parts = [_job_text(report) for report in reports]
    return "\n\n".join([*parts, "Sandbox: nothing was really generated or charged."] if sandbox else parts)


def progress_message(jobs: Sequence[Job], now: float) -> str:
    """Say in one line how far jobs are, such as `gpt-image-2-vip: 42 s of about 90-200 s`."""
    working = [job for job in jobs if job.status == "working"] or list(jobs)
    job = working[0]
    call = next((call for call in job.calls if call.state in (State.SENT, State.PLANNED)), job.calls[0])
    low, high = _attempt(job).typical_seconds
    began = call.sent_at if call.state is State.SENT and call.sent_at else job.created_at
    text = f"{call.model}: {max(0, now - began):.0f} s of about {low}-{high} s"
    if call.state is State.PLANNED:
        notes = call.note.splitlines()
        text = notes[-1] if notes else f"{call.model}: waiting to be sent for {max(0, now - job.created_at):.0f} s"
    done = sum(call.state is State.SAVED for job in jobs for call in job.calls)
    total = sum(len(job.calls) for job in jobs)
    return f"{text} ({done} of {total} done)" if total > 1 else text


def iso(seconds: float) -> str:
    """Write a time as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _model(job: Job) -> str:
    """The model that made the pictures; the one that is asked now while there is none."""
    made = [image.model for image in job.images] or [call.model for call in job.calls]
    return made[0] if made else job.order.attempt.model


def _attempt(job: Job) -> Attempt:
    model = _model(job)
    return next((attempt for attempt in job.order.attempts() if attempt.model == model), job.order.attempt)


def _failures(calls: Sequence[Call]) -> list[Report]:
    """Failures of the calls; equal ones of a job are told once, with their number."""
    found: dict[str, Report] = {}
    for call in calls:
        if call.state not in _WITHOUT_PICTURE or call.failure is None:
            continue
        report = failure_report(call.failure)
        key = f"{report['code']} {report['message']} {report['charge']}"
        if key in found:
            found[key]["calls"] = found[key].get("calls", 1) + 1
        else:
            found[key] = report
    return list(found.values())


def _cost(job: Job) -> Report:
    estimate = sum((_call_attempt(job, call).usd for call in job.calls), Decimal(0))
    cost: Report = {"estimate_usd": dollars(estimate)}
    known = [charge for call in job.calls if (charge := _charged(job, call)) is not None]
    if job.status != "working":
        bases = {call.basis for call in job.calls if CHARGE[call.state] == "certain"} or {_attempt(job).basis}
        unknown = any(call.state is State.IN_DOUBT for call in job.calls)
        if known or not unknown:
            cost["charged_usd"] = dollars(sum(known, Decimal(0)))
        cost["basis"] = "unknown" if unknown else next(iter(sorted(bases)))
    else:
        cost["basis"] = _attempt(job).basis
    return cost | {"checked": CHECKED}


def _charged(job: Job, call: Call) -> Decimal | None:
    """What a call did cost: as the gateway counted it, or estimated where it was charged without a count."""
    if call.charged_microusd is not None:
        return from_microdollars(call.charged_microusd)
    return _call_attempt(job, call).usd if CHARGE[call.state] == "certain" else None


def _call_attempt(job: Job, call: Call) -> Attempt:
    return next((attempt for attempt in job.order.attempts() if attempt.model == call.model), job.order.attempt)


def _warnings(job: Job) -> list[str]:
    texts = list(job.order.attempt.warnings)
    for image in job.images:
        texts += image.warnings
    texts += [f"{note}." for call in job.calls for note in call.note.splitlines()]
    return list(dict.fromkeys([*texts, *([job.note] if job.note else [])]))


def _next(job: Job, shown: str) -> str:
    if job.status == "working":
        return (
            f'Call wait_for_jobs with job_ids ["{job.job_id}"]. Do not ask for the picture again: it is being made '
            "and will be charged once."
        )
    if job.status == "completed":
        return f"Show the user the {shown}; edit_image with the image_id changes the picture."
    states = {call.state for call in job.calls}
    if State.HELD in states:
        return f'Mend what the failure says, then call wait_for_jobs with job_ids ["{job.job_id}"].'
    if State.IN_DOUBT in states:
        return (
            f"It may have been charged. The same request returns this job; to ask, and perhaps pay, once more, "
            f"repeat it with variation {job.order.variation + 1}."
        )
    if State.SPOILED in states:
        return f"It was charged. To ask and pay once more, repeat it with variation {job.order.variation + 1}."
    if job.status == "cancelled":
        return "Nothing was sent. The same request makes a new job."
    return "Nothing was charged. Mend what the failure says before you ask again."


def _job_text(report: Report) -> str:
    """One job in lines: what it is, each picture, each failure, cost, warnings, what to do next."""
    lines = [f"Job {report['job_id']}: {report['status']} ({report['operation']}, {report['model']})."]
    lines += [_image_line(image) for image in report["images"]]
    for failure in report.get("failures", []):
        number = f" ({failure['calls']} calls)" if "calls" in failure else ""
        ids = "".join(f" {name}: {failure[name]}." for name in ("request_id", "trace_id", "path") if name in failure)
        charge = CHARGE_SENTENCE[failure["charge"]]
        said = "" if charge in failure["message"] else f" {charge}"
        lines.append(f"Failed{number}: {failure['code']}, charge: {failure['charge']}. {failure['message']}{said}{ids}")
    cost = report["cost"]
    charged = f", charged ${cost['charged_usd']}" if "charged_usd" in cost else ""
    lines.append(
        f"Estimate ${cost['estimate_usd']}{charged} ({cost['basis']}, prices of {cost['checked']}); "
        f"{report['elapsed_seconds']} s, typically {report['typical_seconds'][0]}-{report['typical_seconds'][1]} s."
    )
    lines += [f"Warning: {warning}" for warning in report.get("warnings", [])]
    return "\n".join([*lines, f"Next: {report['next']}"])


def _image_line(image: Report) -> str:
    line = f"{image['image_id']}: {image['width']}x{image['height']} {image['format']}, {image['bytes']} bytes"
    if "requested_size" in image:
        line += f", ordered {image['requested_size']}"
    places = [image[name] for name in ("path", "url", "uri") if name in image]
    line += f"; {'; '.join(places)}; sha256 {image['sha256']}"
    if image["derived_from"]:
        line += f"; turn {image['turn']}, derived from {', '.join(image['derived_from'])}"
    if "original_image_id" in image:
        line += f"; the model's own picture is {image['original_image_id']}"
    if "source_url" in image:
        line += f"; public link until {image.get('source_url_expires_at', '?')}: {image['source_url']}"
    return line
