"""What a caller on another machine does not get to read: where files lie on this one."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

HIDDEN: Final = "(server)"
"""Stands for a folder of the server."""

_PATH_FIELDS: Final = frozenset({"path"})


def without_paths(value: Any, folders: Sequence[str]) -> Any:
    """Return `value` without fields that hold paths, and with the names of `folders` hidden in every text.

    `folders` are hidden in the order given, so name the deeper ones first.
    """
    if isinstance(value, str):
        for folder in folders:  # not inside a longer name or an address, which may hold the same letters
            value = re.sub(rf"(?<![\w./:-]){re.escape(folder)}(?![\w-])", HIDDEN, value)
        return value
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        return {name: without_paths(item, folders) for name, item in pairs if name not in _PATH_FIELDS}
    if isinstance(value, list | tuple):
        return [without_paths(item, folders) for item in cast("Sequence[Any]", value)]
    return value
