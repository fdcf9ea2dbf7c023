"""Environments of hosts whose gateway is the sandbox."""

import os
from pathlib import Path

from darkroom.sandbox.server import Running


def environment_of(sandbox: Running, folder: Path, label: str) -> dict[str, str]:
    """Return the environment of a host with the key `sk-test-{label}` and everything below `folder`."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "LANG") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "APIYI_API_KEY": f"sk-test-{label}",
        "APIYI_BASE_URL": sandbox.base_url,
        "DARKROOM_HOME": str(folder / "home"),
        "DARKROOM_OUTPUT_DIR": str(folder / "pictures"),
        "DARKROOM_TIME_SCALE": "0.001",
        "DARKROOM_IDLE_SECONDS": "10",
    }
