"""Tables for people, from the structures that programs get."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from rich import box
from rich.table import Table

from darkroom.cli.showing import plain, seconds_range

Rows: TypeAlias = Sequence[Mapping[str, Any]]

_PROMPT_CHARS = 50


def table(title: str, *columns: str, right: Sequence[str] = ()) -> Table:
    """Return an empty table; the columns named in `right` hold numbers."""
    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def estimates_table(rows: Rows) -> Table:
    """Prices side by side, in US dollars."""
    made = table("", "model", "size", "USD", "from", "to", "takes", right=("USD", "from", "to"))
    for row in rows:
        typical = seconds_range(row["typical_seconds"])
        made.add_row(row["model"], row["size"], row["usd"], row["low_usd"], row["high_usd"], typical)
    return made


def sizes_tables(models: Rows) -> Iterator[tuple[str, Table]]:
    """A line and a table for each model, with a column for each quality that has a price of its own."""
    for model in models:
        qualities = list(dict.fromkeys(name for row in model["sizes"] for name in row["usd"]))
        prices = [name if name != "flat" else "USD" for name in qualities]
        made = table("", "size", "ratio", "tier", *prices, right=prices)
        for row in model["sizes"]:
            made.add_row(row["size"], row["ratio"], row["tier"], *(row["usd"].get(name, "") for name in qualities))
        yield f"{model['model']} ({seconds_range(model['typical_seconds'])}): {model['rules']}", made


def images_lines(rows: Rows) -> Iterator[tuple[str, str]]:
    """Two lines a picture, after one of titles: its facts in columns, and its path, too long for a column."""
    cells = [("image", "made (UTC)", "pixels", "model", "USD", "prompt")]
    places = [""]
    for row in rows:
        at = row["created_at"].removesuffix("Z").replace("T", " ")[5:16]
        pixels = f"{row['width']}x{row['height']}"
        usd = "sandbox" if row.get("sandbox") else row.get("charged_usd", "?")
        cells.append((row["image_id"], at, pixels, row["model"], usd, _short(row["prompt"])))
        turn = f"  (turn {row['turn']} of {', '.join(row['derived_from'])})" if row["derived_from"] else ""
        places.append(f"{row['path']}{turn}")
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)][:-1]
    for texts, place in zip(cells, places, strict=True):
        yield "  ".join([*map(str.ljust, texts, widths), texts[-1]]), place


def jobs_table(rows: Rows) -> Table:
    """Jobs without a picture."""
    made = table("Jobs", "job", "status", "why", "charge", "prompt")
    for row in rows:
        made.add_row(row["job_id"], row["status"], row.get("code", ""), row.get("charge", ""), _short(row["prompt"]))
    return made


def _short(text: str) -> str:
    line = plain(text)
    return line if len(line) <= _PROMPT_CHARS else f"{line[: _PROMPT_CHARS - 1]}…"
