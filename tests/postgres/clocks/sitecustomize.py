"""Makes the clock of this process wrong by TEST_CLOCK_SECONDS, as the clock of a whole machine can be."""

import os
import time

_right = time.time
_ahead = float(os.environ.get("TEST_CLOCK_SECONDS", "0"))


def _wrong() -> float:
    return _right() + _ahead


time.time = _wrong
