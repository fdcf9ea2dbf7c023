"""What the gateway would know about its calls: who asked what, how it ended, and what it cost.

A call is written twice, when it arrives and when it ends, so that a killed sandbox leaves a true account.
The key itself is never written, only the label of its profile.
"""

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO


class Ledger:
    """Every call, oldest first, in memory and, given a path, as JSON lines. Safe between threads."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._lock = threading.Lock()
        self._calls: dict[str, dict[str, Any]] = {}

    def asked(self, call_id: str, entry: Mapping[str, Any]) -> None:
        """Write down a call that has arrived; nothing is known about its end."""
        whole = {
            "id": call_id,
            "time": time.time(),
            **entry,
            "ended": False,
            "status": None,
            "billed": False,
            "usd": "0",
            "client_gone": False,
        }
        with self._lock:
            self._calls[call_id] = whole
            self._append({"event": "asked", **whole})

    def ended(self, call_id: str, **outcome: object) -> None:
        """Write down how a call ended, before its last byte leaves: whoever has the answer can read it."""
        self._change("ended", call_id, {"ended": True, "ended_time": time.time(), **outcome})

    def left(self, call_id: str) -> None:
        """Write down that the client hung up before it had the whole answer. The charge stands."""
        self._change("left", call_id, {"client_gone": True})

    def calls(self, key: str = "") -> list[dict[str, Any]]:
        """Return a copy of all calls, oldest first; with `key`, those of that label only."""
        with self._lock:
            return [dict(call) for call in self._calls.values() if key in {"", call["key"]}]

    def reset(self) -> None:
        """Forget all calls; the file keeps them."""
        with self._lock:
            self._calls.clear()
            self._append({"event": "reset", "time": time.time()})

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _change(self, event: str, call_id: str, outcome: Mapping[str, Any]) -> None:
        with self._lock:
            # A call that was in flight while the ledger was reset is no longer there.
            if call_id in self._calls:
                self._calls[call_id] |= outcome
            self._append({"event": event, "id": call_id, **outcome})

    def _append(self, line: Mapping[str, Any]) -> None:
        if self._path is None:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()
