"""What the doctor finds: one line each, with what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. It never holds the key, nor any part of it."""

    level: Level
    about: str
    found: str
    advice: str = ""
    """What to do; empty where nothing is to be done."""


def ok(about: str, found: str) -> Finding:
    """Report that something is as it should be."""
    return Finding(level="ok", about=about, found=found)


def warn(about: str, found: str, advice: str) -> Finding:
    """Report something that works and may yet surprise."""
    return Finding(level="warn", about=about, found=found, advice=advice)


def fail(about: str, found: str, advice: str) -> Finding:
    """Report something without which no picture is made or kept."""
    return Finding(level="fail", about=about, found=found, advice=advice)


def healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing failed."""
    return all(finding.level != "fail" for finding in findings)
