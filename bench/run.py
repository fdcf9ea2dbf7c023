"""`make bench`: measure what Darkroom adds, and print it beside its bounds as a table and as JSON.

Ratios are measured side by side in one run, since absolute times drift on shared machines.
`python bench/run.py [NAME …] [--json FILE]` runs only some.
"""

import argparse
import asyncio
import json
import platform
import tempfile
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hosts import Row
from measure_context import context
from measure_inputs import uploads
from measure_library import library
from measure_memory import memory
from measure_own import crowd, own_time
from measure_previews import previews
from measure_start import imports, start
from rich.console import Console
from rich.table import Table

MEASUREMENTS: dict[str, Callable[[Path], Awaitable[list[Row]]]] = {
    "start": start,
    "imports": imports,
    "context": context,
    "own": own_time,
    "crowd": crowd,
    "memory": memory,
    "uploads": uploads,
    "library": library,
    "preview": previews,
}


def report(rows: list[Row], file: Path | None) -> None:
    """Print the table and write the JSON."""
    table = Table(title="Darkroom: what it adds")
    for column in ("measurement", "median", "min", "max", "runs", "bound", ""):
        table.add_column(column, justify="left" if column == "measurement" else "right")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.median:.3f} {row.unit}",
            f"{min(row.values):.3f}",
            f"{max(row.values):.3f}",
            str(len(row.values)),
            "" if row.bound is None else f"{row.bound:g}",
            row.verdict,
        )
    Console(width=110).print(table)
    packages = ("darkroom-mcp", "mcp", "dbos", "httpx2", "pydantic", "pillow", "sqlalchemy")
    versions: dict[str, Any] = {name: version(name) for name in packages}
    figures = [
        {"name": r.name, "unit": r.unit, "median": r.median, "values": list(r.values), "bound": r.bound} for r in rows
    ]
    answer = {"python": platform.python_version(), "versions": versions, "figures": figures}
    if file is not None:
        file.write_text(json.dumps(answer, indent=1))
    else:
        print(json.dumps(answer))


async def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(MEASUREMENTS))
    parser.add_argument("--json", type=Path, help="write the figures here, in place of after the table")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in MEASUREMENTS]:
        parser.error(f"{', '.join(unknown)}: there are {', '.join(MEASUREMENTS)}")
    rows: list[Row] = []
    for name in options.names or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
            rows += await MEASUREMENTS[name](Path(folder))
    report(rows, options.json)


if __name__ == "__main__":
    asyncio.run(main())
