"""Names of pictures on disk: a date, words of the prompt in any script, a short id."""

import re
import unicodedata
from typing import Final

MAX_SLUG_BYTES: Final = 60
"""Longest part made of the prompt; file systems allow 255 bytes for a whole name, some sync tools fewer."""

_RESERVED: Final = frozenset({"con", "prn", "aux", "nul"}) | {f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)}
"""Names that Windows keeps for devices."""

MIME_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif"}
"""Types of the picture formats that models return."""

EXTENSIONS: Final = {"jpeg": "jpg"}
"""Extensions that differ from the format's name."""


def slug(prompt: str) -> str:
    """Return the first words of `prompt`, lower case, joined by hyphens; `picture` if there are none."""
    kept: list[str] = []
    for word in _words(unicodedata.normalize("NFC", prompt.lower())):
        room = MAX_SLUG_BYTES - len("-".join([*kept, ""]).encode())
        cut = word.encode()[: max(0, room)].decode(errors="ignore")
        if not cut or (cut != word and kept and word.isascii()):
            break
        kept.append(cut)
        if cut != word:
            break
    return "-".join(kept) or "picture"


def _words(text: str) -> list[str]:
    """Split `text` into runs of letters, digits and the marks that belong to them, vowel signs among these."""
    runs = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text).split()
    starts = [next((i for i, char in enumerate(run) if unicodedata.category(char)[0] != "M"), len(run)) for run in runs]
    return [run[start:] for run, start in zip(runs, starts, strict=True) if start < len(run)]


def extension(picture_format: str) -> str:
    """Return the file extension of a format, without the dot."""
    return EXTENSIONS.get(picture_format, picture_format)


def file_stem(date: str, prompt: str, image_id: str) -> str:
    """Return the name of a picture without its extension, such as `2026-11-22_red-fox_7k2m9q`."""
    return f"{date}_{slug(prompt)}_{short_id(image_id)}"


def short_id(long_id: str) -> str:
    """Return the part of an id that stands in file names."""
    return long_id.rpartition("_")[2][:6]


def name_problem(name: str) -> str:
    """Say why `name` cannot be a file's name on every system; empty if it can."""
    stem = name.partition(".")[0].lower()
    if not name.strip(" .") or stem in _RESERVED:
        return "it is a name that some systems keep for themselves"
    if re.search(r'[<>:"/\\|?*\x00-\x1f]', name):
        return 'it holds a character that file names cannot have: < > : " / \\ | ? * or a control character'
    if len(name.encode()) > 200:
        return "it is longer than 200 bytes"
    return ""


def numbered(stem: str, number: int) -> str:
    """Return `stem` for the first file of that name, `stem-2` for the second and so on."""
    return stem if number <= 1 else f"{stem}-{number}"
