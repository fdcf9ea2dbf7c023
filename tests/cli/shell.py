"""Runs `darkroom` as people do: a process of its own, with the environment of one test."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 60


class Shell:
    """One person at one prompt."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.environment = dict(environment)
        self.folder = folder

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; `more` are environment variables."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "darkroom", *arguments],
            env=self.environment | more,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and let it run."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "darkroom", *arguments],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def read(self, *arguments: str) -> dict[str, Any]:
        """Run a command with `--json`; its standard output must be one JSON document."""
        return json.loads(self.run(*arguments, "--json").stdout)

    @property
    def home(self) -> Path:
        """Where state lies."""
        return Path(self.environment["DARKROOM_HOME"])

    @property
    def pictures(self) -> list[Path]:
        """Pictures that lie in the output folder."""
        folder = Path(self.environment["DARKROOM_OUTPUT_DIR"])
        return sorted(path for path in folder.glob("**/*") if path.is_file()) if folder.is_dir() else []

    def end_workers(self) -> None:
        """End the workers that these commands started."""
        database = self.home / "darkroom.sqlite"
        if not database.exists():
            return
        with contextlib.closing(sqlite3.connect(database)) as connection:
            pids = [int(pid) for (pid,) in connection.execute("SELECT pid FROM darkroom_workers")]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
