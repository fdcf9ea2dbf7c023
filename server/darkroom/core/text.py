"""Texts of arguments, beyond what a schema says: characters that none may hold, lengths, and places for files."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from darkroom.core.naming import name_problem

_NO_TEXT: Final = re.compile(r"[\x00\ud800-\udfff]")
"""What JSON can hold and text cannot: NUL, which databases refuse, and half characters, which no bytes hold."""

_CONTROL: Final = re.compile(r"[\x01-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Line breaks and the like, and marks that make a name read as another one."""

_ABSOLUTE: Final = re.compile(r"(?:[A-Za-z]:)?[/\\]")
_SOMEBODYS_HOME: Final = re.compile(r"~[^/\\]")

MAX_ID_CHARS: Final = 100
"""No id or mark of ours is nearly as long."""

MAX_PATH_CHARS: Final = 4096
"""Longest path on the common systems; addresses that browsers take are shorter too."""

_IDS: Final = frozenset({"image_id", "job_id", "job_ids", "before"})
_PLACES: Final = frozenset({"images", "mask", "save_to"})


def text_problems(given: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with the texts among checked arguments, one sentence each; empty if nothing is."""
    problems: list[str] = []
    for name, path, text in _texts(given):
        if found := _NO_TEXT.search(text):
            problems.append(f"{path} holds {found[0]!r} at {found.start()}, which is no character. Leave it out.")
        most = MAX_ID_CHARS if name in _IDS else MAX_PATH_CHARS if name in _PLACES else None
        if most is not None and len(text) > most and not text.startswith("data:"):
            problems.append(f"{path} has {len(text)} characters. Give at most {most}.")
    if not problems and (reason := _place_problem(given.get("save_to", "."))):
        problems.append(f"save_to={given['save_to']!r} cannot be used: {reason}.")
    return problems


def _texts(given: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the name of the argument, the path and the text of every text at the top or in a list."""
    for name, value in given.items():
        if isinstance(value, str):
            yield name, name, value
        elif isinstance(value, list):
            for number, part in enumerate(cast("list[object]", value)):
                if isinstance(part, str):
                    yield name, f"{name}[{number}]", part


def _place_problem(save_to: str) -> str:
    """Say why no file can go to `save_to` on any system; empty if one can."""
    if _CONTROL.search(save_to):
        return "it holds a line break or another control character"
    if _SOMEBODYS_HOME.match(save_to):
        return "it names somebody's home folder; give ~/… or a whole path"
    if _ABSOLUTE.match(save_to) or save_to.startswith("~"):
        return ""
    parts = [part for part in re.split(r"[/\\]", save_to) if part not in ("", ".", "..")]
    return next((f"{part!r}: {problem}" for part in parts if (problem := name_problem(part))), "")
