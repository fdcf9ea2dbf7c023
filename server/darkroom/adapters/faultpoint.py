"""A test facility: end this worker at a chosen step of a paid call, as a power cut would.

`DARKROOM_FAULT_AFTER=STEP[:N]` has a worker kill itself the N-th time (the first, if left out) that it comes
to STEP. It can lose no money that a crash at the same place would not lose. Unset, nothing happens.
"""

from collections import Counter
from threading import Lock
from typing import Final

import psutil

from darkroom.core.job import Event
from darkroom.errors import SettingsError

STEPS: Final = (
    *(f"before-{event}" for event in Event),
    *(str(event) for event in Event),
    "first-byte",
    "spooled",
    "printed",
    "before-target",
    "target",
    "placed",
)
"""Every step: before and after each entry of the journal (named by its event), the first byte of an answer,
the answer in the spool, its picture's bytes in the spool, before and after the file's name is written down,
and the file in its place."""


class FaultPoint:
    """Kills this process at one step; an empty `text` kills nothing."""

    def __init__(self, text: str = "") -> None:
        step, _, number = text.partition(":")
        if text and (step not in STEPS or not (number or "1").isdecimal()):
            raise SettingsError(f"DARKROOM_FAULT_AFTER={text!r} is no step of a call: {', '.join(STEPS)}. Unset it.")
        self._step = step
        self._number = int(number or "1")
        self._passed = Counter[str]()
        self._lock = Lock()

    def passed(self, step: str) -> None:
        """Come to `step`; if it is the chosen one, nothing after this line ever runs."""
        if step != self._step:
            return
        with self._lock:
            self._passed[step] += 1
            if self._passed[step] == self._number:
                psutil.Process().kill()
