"""The generated parts of README.md, pages of docs/ and manifest.json, from the tables that the program itself uses.

Run as a program it writes them anew; `packaging/test_readme.py` compares.
"""

import inspect
import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import click

from darkroom.catalog import CHECKED
from darkroom.catalog.hosts import HOSTS, UNKNOWN_HOST
from darkroom.catalog.installs import INSTALLS, Install
from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import FlatPrice, ModelSpec, Setting
from darkroom.cli.commands import cli
from darkroom.core.cost import dollars, prices_of_size
from darkroom.core.installing import NAME, entry, link, snippet
from darkroom.core.size import parse_size
from darkroom.sandbox.triggers import listed
from darkroom.tools.table import TOOLS

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/hosts.md", "docs/models.md", "docs/sandbox.md")
COMMAND = ("darkroom", "serve")
KEY_FILE = "/path/to/your/key-file"
SHOWN_SIZES = ("1024x1024", "3840x2160")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tools() -> str:
    """Each tool with the first paragraph of what agents read."""
    return table(["tool", "does"], [[f"`{name}`", does] for name, does in tool_sentences()])


def tool_sentences() -> list[tuple[str, str]]:
    """Name each tool and what it does, in the words of its description."""
    return [
        (row.function.__name__, " ".join((inspect.getdoc(row.function) or "").partition("\n\n")[0].split()))
        for row in TOOLS
    ]


def costs() -> str:
    """What each model costs and takes."""
    rows = [[f"`{model}`", _price(spec), _seconds(spec), spec.summary] for model, spec in MODELS.items()]
    head = ["model", "one picture, US dollars", "takes", "for"]
    note = f"Prices of {CHECKED}, before the factor of the key's group; `estimate_cost` prices a request."
    return f"{table(head, rows)}\n\n{note}"


def _price(spec: ModelSpec) -> str:
    if isinstance(spec.price, FlatPrice):
        return dollars(spec.price.usd_per_call)
    parts: list[str] = []
    for text in SHOWN_SIZES:
        size = parse_size(text)
        assert size is not None
        prices = prices_of_size(spec, size, Decimal(1))
        figures = " / ".join(f"{Decimal(usd):.3f}" for usd in prices.values())
        parts.append(f"{text}: {figures} ({', '.join(prices)})")
    return "; ".join(parts)


def _seconds(spec: ModelSpec) -> str:
    ranges = [row.seconds for row in spec.latencies]
    return f"{min(low for low, _ in ranges)}-{max(high for _, high in ranges)} s"


def models() -> str:
    """The settings of each model."""
    rows = [
        [f"`{model}`", f"`{setting.name}`", _values(setting), _default(spec, setting), _note(spec, setting)]
        for model, spec in MODELS.items()
        for setting in spec.settings
    ]
    limits = [
        f"`{model}` cannot: {', '.join(spec.cannot)}. Prompts up to {spec.max_prompt_chars:,} characters, "
        f"up to {spec.max_images} input pictures."
        for model, spec in MODELS.items()
    ]
    head = ["model", "setting", "values", "default", "note"]
    return "\n".join([table(head, rows), "", *(f"* {line}" for line in limits)])


def _values(setting: Setting) -> str:
    if setting.kind == "integer":
        return f"{setting.minimum} to {setting.maximum}"
    if setting.kind == "size":
        return "`auto`, WIDTHxHEIGHT"
    if len(setting.choices) > 12:
        return f"`{setting.choices[0]}` and {len(setting.choices) - 1} sizes, below"
    return ", ".join(f"`{choice}`" for choice in setting.choices)


def _note(spec: ModelSpec, setting: Setting) -> str:
    """What a setting means, and which others it leaves no room for."""
    refused: dict[str, list[str]] = {}
    for pairing in spec.pairings:
        if pairing.setting == setting.name and pairing.value and not pairing.allowed:
            refused.setdefault(pairing.value, []).append(f"`{pairing.other}`")
    notes = [f"`{value}` refuses {' and '.join(others)}." for value, others in refused.items()]
    return " ".join([setting.meaning, *notes]).strip()


def _default(spec: ModelSpec, setting: Setting) -> str:
    value = setting.default if setting.default is not None else spec.default_size if setting.name == "size" else None
    return f"`{value}`" if value is not None else "the model decides"


def sizes() -> str:
    """The sizes that have names, and the pixels that shapes were seen to give."""
    rows = [
        [f"`{model}`", row.ratio, row.tier, f"`{row.size}`"] for model, spec in MODELS.items() for row in spec.size_rows
    ]
    rows += [
        [f"`{model}`", row.ratio, "hint", f"about `{row.observed}`" if row.observed else "not known"]
        for model, spec in MODELS.items()
        for row in spec.ratio_phrases
    ]
    named = [
        f"`{model}`: {', '.join(f'`{size}`' for size in spec.size_rules.presets)}, or any size by the rule above."
        for model, spec in MODELS.items()
        if spec.size_rules
    ]
    return "\n".join([table(["model", "ratio", "tier", "pixels"], rows), "", *named])


def commands() -> str:
    """Each command with its first line of help."""
    context = click.Context(cli, info_name="darkroom")
    rows: list[list[str]] = []
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        usage = " ".join(piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]")
        rows.append([f"`darkroom {name} {usage}`".replace(" `", "`"), command.get_short_help_str(200)])
    return table(["command", "does"], rows)


def keys() -> str:
    """Where the key comes from in each host."""
    return table(
        ["host", "`darkroom install`", "the key"], [[row.title, f"`{row.host}`", row.note] for row in INSTALLS]
    )


def waits() -> str:
    """How long calls wait in each host."""
    rows = [
        [row.title, f"{row.default_wait_seconds} s", f"{row.max_wait_seconds} s", row.limit]
        for row in (*HOSTS, UNKNOWN_HOST)
    ]
    return table(["host", "waits", "at most", "the host's own limit"], rows)


def files() -> str:
    """Where each host's configuration lies."""
    rows = [[row.title, *(f"`{row.files[name]}`" for name in ("linux", "darwin", "win32"))] for row in INSTALLS]
    return table(["host", "Linux", "macOS", "Windows"], rows)


def triggers() -> str:
    """What a prompt can ask of the sandbox."""
    return table(["in a prompt", "the sandbox then"], [[f"`{word}`", does] for word, does in listed()])


def sections() -> dict[str, str]:
    """Every generated part by the name of its marker."""
    made = {part.__name__: part() for part in (tools, costs, models, sizes, commands, keys, waits, files, triggers)}
    for install in INSTALLS:
        what = entry(install, COMMAND, key_file=KEY_FILE)
        made[f"snippet {install.host}"] = (
            f"{_where(install)}\n\n```{install.form}\n{snippet(install, what)}\n```\n\n{install.note}"
        )
        if address := link(install, what):
            made[f"link {install.host}"] = f"[Add Darkroom to {install.title}]({address}) with one click, or:"
    made["line claude-code"] = _line(next(install for install in INSTALLS if install.host == "claude-code"))
    return made


def _line(install: Install) -> str:
    """The command of Claude Code's own that writes the entry of `darkroom install claude-code`."""
    what = json.dumps(entry(install, COMMAND, key_file=KEY_FILE))
    return f"```sh\nclaude mcp add-json --scope user {NAME} '{what}'\n```\n\n{install.note}"


def _where(install: Install) -> str:
    same = len(set(install.files.values())) == 1
    return f"In `{install.files['darwin']}`{'' if same else ' (macOS; the others stand in docs/hosts.md)'}:"


def settings_variables() -> set[str]:
    """Every variable of the environment that the program reads as a setting."""
    source = (ROOT / "server/darkroom/settings.py").read_text(encoding="utf-8")
    return set(re.findall(r'env(?:\.get\(|, )"((?:DARKROOM|APIYI)_[A-Z_]+)"', source))


def filled(text: str) -> str:
    """Return a page with its generated parts made anew."""
    made = sections()

    def part(found: re.Match[str]) -> str:
        return f"<!-- begin {found[1]} -->\n{made[found[1]]}\n<!-- end {found[1]} -->"

    return re.sub(r"<!-- begin ([a-z -]+) -->\n(?:.*?\n)??<!-- end \1 -->", part, text, flags=re.DOTALL)


def manifest_filled(text: str) -> str:
    """Return the bundle's manifest with its list of tools made anew."""
    rows = [f"    {json.dumps({'name': name, 'description': does})}" for name, does in tool_sentences()]
    made = ",\n".join(rows)
    return re.sub(r'"tools": \[\n.*?\n  \]', lambda _: f'"tools": [\n{made}\n  ]', text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    manifest = ROOT / "manifest.json"
    manifest.write_text(manifest_filled(manifest.read_text(encoding="utf-8")), encoding="utf-8")
    for page in PAGES:
        path = ROOT / page
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
