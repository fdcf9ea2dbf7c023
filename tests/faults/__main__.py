"""`make faults`: run the matrix, print its table, and fail if any row is wrong."""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import anyio
from rich.console import Console
from rich.table import Table

from faults.matrix import Line, run_matrix


def main() -> int:
    """Run and print; return the exit status."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="darkroom-faults-") as folder:
        lines = anyio.run(run_matrix, Path(folder))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table(lines))
    wrong = [line for line in lines if line.problems]
    charges = Counter(line.outcome.charge for line in lines)
    console.print(
        f"{len(lines)} rows in {time.monotonic() - began:.0f} s: {sum(line.outcome.posts for line in lines)} POSTs, "
        f"{sum(line.outcome.billed for line in lines)} billed, {sum(line.outcome.saved for line in lines)} pictures, "
        f"told {dict(charges)}; {len(wrong)} wrong"
    )
    return 1 if wrong else 0


def table(lines: list[Line]) -> Table:
    """Return the table of all rows."""
    heads = ("fault", "model", "way", "POSTs", "billed", "saved", "code", "charge", "verdict")
    shown = Table(*heads, title="Faults and money")
    for line in lines:
        did = line.outcome
        shown.add_row(
            line.row.fault.name,
            line.row.model,
            line.row.way,
            *(str(number) for number in (did.posts, did.billed, did.saved)),
            did.code or "-",
            did.charge,
            "; ".join(line.problems) or "ok",
        )
    return shown


if __name__ == "__main__":
    sys.exit(main())
