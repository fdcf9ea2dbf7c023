"""Judging a row: what a caller was told, beside the gateway's own account and the disk."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from darkroom.adapters.files import sha256
from faults.hosts import MAX_RESULT_BYTES, Told
from faults.table import Outcome, Row

_PLATE = re.compile(r"plate (\S+?)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the printed table."""

    row: Row
    outcome: Outcome
    problems: tuple[str, ...]
    """What is wrong with it; empty if nothing is."""


def plate(prompt: str) -> str:
    """Return the marker that a prompt names."""
    found = _PLATE.search(prompt)
    return found[1] if found else ""


def judged(row: Row, told: Told, calls: Sequence[Mapping[str, Any]]) -> Line:
    """Compare what a caller was told with the gateway's account, with the disk and with the table."""
    billed = [call for call in calls if call["billed"]]
    outcome = Outcome(
        posts=len(calls), billed=len(billed), saved=len(told.pictures), code=told.code, charge=told.charge
    )
    problems = [*money_problems(outcome), *_picture_problems(told)]
    if outcome != row.fault.outcome:
        problems.append(f"expected {row.fault.outcome}")
    usd = sum((Decimal(str(call["usd"])) for call in billed), Decimal(0))
    guessed = told.report["cost"]["basis"] in ("estimate", "unknown")
    if not guessed and told.charged_usd is not None and Decimal(told.charged_usd) != usd:
        problems.append(f"told ${told.charged_usd}, billed ${usd}")
    if usd and told.charge == "certain" and not Decimal(told.charged_usd or 0):
        problems.append(f"told as free, billed ${usd}")
    if told.result_bytes <= MAX_RESULT_BYTES:
        return Line(row=row, outcome=outcome, problems=tuple(problems))
    return Line(row=row, outcome=outcome, problems=(*problems, f"a result of {told.result_bytes} bytes"))


def money_problems(outcome: Outcome) -> list[str]:
    """Say what no row may show, whatever the table expects of it."""
    problems: list[str] = []
    if outcome.billed > 1:
        problems.append("billed more than once")
    if outcome.billed and outcome.charge == "none":
        problems.append("billed, but told as free")
    if not outcome.billed and outcome.charge == "certain":
        problems.append("not billed, but told as charged")
    if outcome.saved > outcome.billed:
        problems.append("more pictures than charges")
    return problems


def _picture_problems(told: Told) -> list[str]:
    images: list[dict[str, Any]] = told.report["images"]
    problems = [f"{image['path']} is not there" for image in images if not Path(image["path"]).is_file()]
    there = [image for image in images if Path(image["path"]).is_file()]
    changed = [image["path"] for image in there if sha256(Path(image["path"])) != image["sha256"]]
    return [*problems, *(f"{path} is not what was told" for path in changed)]
