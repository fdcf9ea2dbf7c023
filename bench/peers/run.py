"""`make peers`: the same work for Darkroom and for other servers, side by side, as a table and as JSON.

Each is installed once, pinned, into `.cache/peers`; all talk to one gateway on this machine.
`python bench/peers/run.py [NAME …] [--json FILE]` measures only some.
"""

import argparse
import json
import os
import statistics
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from installing import NotInstalledError, command_of, runtime_of
from measuring import ROUNDS, Figures, Measurement, UnmeasurableError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from servers import SERVERS, Server
from sessions import Gateway, gateway
from talking import SilentError


@dataclass
class Row:
    """What was measured of a server, and why the rest was not."""

    server: Server
    command: list[str] = field(default_factory=list)
    runtime: str = ""
    figures: Figures = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def shown(self, name: str, form: str = "{:.2f}") -> str:
        """Return the median as text; empty where there is none."""
        return form.format(statistics.median(self.figures[name])) if name in self.figures else ""

    def times(self, name: str) -> str:
        """Return the median and the best of some seconds: the best is what a busy machine disturbed least."""
        return f"{self.shown(name)} ({min(self.figures[name]):.2f})" if name in self.figures else ""


def installed(server: Server) -> Row:
    """Install a server, or write down why not."""
    row = Row(server)
    try:
        row.command = command_of(server)
        row.runtime = runtime_of(server, row.command)
    except NotInstalledError as exc:
        row.missing["installation"] = str(exc)
    return row


def measure(row: Row, measurement: Measurement, at: Gateway) -> None:
    """Add one round of a measurement; one that failed is written down with its reason and not tried again."""
    name = measurement.__name__
    if not row.command or name in row.missing:
        return
    try:
        figures = measurement(row.server, row.command, at)
    except (UnmeasurableError, SilentError) as exc:
        row.missing[name] = str(exc)
        return
    for figure, values in figures.items():
        row.figures.setdefault(figure, []).extend(values)


def _memory(row: Row) -> str:
    parts = [name for name in ("server", "front", "worker") if f"memory of {name}, MB" in row.figures]
    named = [f"{name} {row.shown(f'memory of {name}, MB', '{:.0f}')}" for name in parts]
    return row.shown("memory of server, MB", "{:.0f}") if parts == ["server"] else " + ".join(named)


def _reasons(row: Row) -> list[str]:
    if "installation" in row.missing:
        return [escape(f"not installed: {row.missing['installation']}")]
    return [escape(f"{name} not measurable: {reason}") for name, reason in row.missing.items()]


def report(rows: list[Row], file: Path | None) -> None:
    """Print the table and the JSON, or write the JSON."""
    table = Table(title="The same work, side by side (medians; in brackets the best)")
    for column in ("server", "start s", "ratio", "tokens", "own s", "memory MB", "result B", "POSTs", "midway"):
        table.add_column(column, justify="left" if column == "server" else "right", overflow="fold")
    for row in rows:
        table.add_row(
            "\n".join([f"{row.server.name} {row.server.version}", *_reasons(row)]),
            row.times("start, s"),
            row.shown("start, ratio"),
            row.shown("tools/list, tokens", "{:,.0f}"),
            row.times("own time, s"),
            _memory(row),
            row.shown("result, bytes", "{:,.0f}"),
            row.shown("POSTs, unanswered", "{:.0f}"),
            row.shown("POSTs, midway", "{:.0f}"),
        )
    Console(width=125).print(table)
    answer = {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "servers": [
            {
                "name": row.server.name,
                "version": row.server.version,
                "registry": row.server.registry,
                "runtime": row.runtime,
                "figures": row.figures,
                "missing": row.missing,
            }
            for row in rows
        ],
    }
    if file is not None:
        file.write_text(json.dumps(answer, indent=1))
    else:
        print(json.dumps(answer))


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(server.name for server in SERVERS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    wanted = [server for server in SERVERS if not options.names or server.name in options.names]
    rows = [installed(server) for server in wanted]
    with gateway() as at:
        for measurement, times in ROUNDS:
            for _ in range(times):
                for row in rows:
                    measure(row, measurement, at)
    report(rows, options.json)


if __name__ == "__main__":
    main()
