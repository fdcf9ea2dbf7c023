"""The spending report as rows, comma-separated values and a table."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal

from rich.table import Table

from darkroom.adapters.spending import Spent
from darkroom.cli.tables import table
from darkroom.core.cost import dollars

_COLUMNS = ("key", "calls", "pictures", "charged_usd", "possible_usd", "possible_calls", "under_way_usd")


def spending_rows(rows: Sequence[Spent]) -> list[Mapping[str, str | int]]:
    """Rows with money as decimal strings in US dollars."""
    return [{"key": row.key, **_amounts([row])} for row in rows]


def spending_totals(rows: Sequence[Spent]) -> Mapping[str, str | int]:
    """The sums of all rows."""
    return _amounts(rows)


def spending_csv(by: str, rows: Sequence[Spent]) -> str:
    """Comma-separated values with a line of names; `by` names the first column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((by, *_COLUMNS[1:]))
    for row in spending_rows(rows):
        writer.writerow(row[name] for name in _COLUMNS)
    return text.getvalue()


def spending_table(by: str, rows: Sequence[Spent], totals: Mapping[str, str | int]) -> Table:
    """A table for people, with a last line of sums."""
    columns = ("calls", "pictures", "charged USD", "in doubt, at most", "under way, at most")
    made = table("", by, *columns, right=columns)
    made.show_footer = True
    for row in spending_rows(rows):
        made.add_row(*_cells(str(row["key"]), row))
    for column, text in zip(made.columns, _cells("all", totals), strict=True):
        column.footer = text
    return made


def _amounts(rows: Sequence[Spent]) -> dict[str, str | int]:
    return {
        "calls": sum(row.calls for row in rows),
        "pictures": sum(row.pictures for row in rows),
        "charged_usd": dollars(sum((row.charged_usd for row in rows), Decimal(0))),
        "possible_usd": dollars(sum((row.possible_usd for row in rows), Decimal(0))),
        "possible_calls": sum(row.possible_calls for row in rows),
        "under_way_usd": dollars(sum((row.under_way_usd for row in rows), Decimal(0))),
    }


def _cells(key: str, row: Mapping[str, str | int]) -> tuple[str, ...]:
    calls = int(row["possible_calls"])
    doubt = f"{row['possible_usd']} ({calls} call{'s' if calls > 1 else ''})" if calls else "-"
    return key, str(row["calls"]), str(row["pictures"]), str(row["charged_usd"]), doubt, str(row["under_way_usd"])
