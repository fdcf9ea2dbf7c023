"""Telling a host of this server: the difference first, a backup, and one atomic write."""

import difflib
import os
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import platformdirs

from darkroom.catalog.installs import INSTALLS, KEY, Install, Platform
from darkroom.core.installing import NotEditableError, entry, merged, snippet

_HOSTS: Final = {install.host: install for install in INSTALLS}


@click.command()
@click.argument("host", type=click.Choice(list(_HOSTS)), metavar="HOST")
@click.option("--print", "only_print", is_flag=True, help="Show what would be written, and where; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--sandbox", is_flag=True, help="Set it up with the sandbox: no key, no charge.")
@click.option(
    "--file", "other_file", type=click.Path(path_type=Path, dir_okay=False), help="Another file, a project's, say."
)
def install(host: str, only_print: bool, yes: bool, sandbox: bool, other_file: Path | None) -> None:
    """Write this server into the configuration of HOST, and leave everything else in it alone.

    HOST is one of claude-desktop, claude-code, codex, cursor, vscode, gemini, opencode and zed. The difference is
    shown first and the old file is kept. The key is never written: it comes from APIYI_API_KEY or a file.
    """
    row = _HOSTS[host]
    file = other_file or config_file(row, os.environ)
    made = entry(row, start_command(), key_file=str(key_file()), sandbox=sandbox)
    if only_print:
        click.echo(f"# {file}", err=True)
        click.echo(snippet(row, made, sandbox=sandbox))
        _say_key(row, sandbox=sandbox)
        return
    file = file.resolve()  # a link, as people have into their dotfiles, stays a link
    old = _read(file)
    try:
        new = merged(row, old, made, sandbox=sandbox)
    except NotEditableError as exc:
        click.echo(snippet(row, made, sandbox=sandbox))
        raise click.ClickException(f"{file} was not changed: {exc}. Paste the lines above into it yourself.") from exc
    if new == old:
        click.echo(f"{row.title} knows this server already: {file}")
    elif _agreed(file, old, new, yes=yes):
        backup = _replace(file, new)
        click.echo(f"Wrote {file}" + (f"; the old file is {backup}" if backup else ""))
        click.echo(f"Restart {row.title} to start the server.")
    _say_key(row, sandbox=sandbox)


def start_command() -> tuple[str, ...]:
    """Return the words that start this very server, whatever folder a host stands in.

    Without `-P`, Python looks for modules in that folder first: a file of a project that happens to be named as one
    of ours, or of the standard library, would run in the server's place, with the key in its environment.
    """
    return (sys.executable, "-P", "-m", "darkroom", "serve")


def config_file(row: Install, environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return the user's configuration file of a host on this system; systems that are not known count as Linux."""
    name: Platform = "darwin" if platform == "darwin" else "win32" if platform == "win32" else "linux"
    text = row.files[name]
    if text.startswith("%APPDATA%"):
        roaming = environment.get("APPDATA") or str(Path.home() / "AppData" / "Roaming")
        return Path(roaming) / text.removeprefix("%APPDATA%/")
    return Path(text).expanduser()


def key_file() -> Path:
    """Return the file that entries name for hosts that cannot hand the key on."""
    return platformdirs.user_config_path("darkroom", appauthor=False) / "key"


def _say_key(row: Install, *, sandbox: bool) -> None:
    """Say on standard error where the key comes from, and whether it is there."""
    if sandbox:
        click.echo("Sandbox: no key is needed and nothing is charged.", err=True)
        return
    click.echo(f"The key: {row.note}", err=True)
    if row.key == "file" and not key_file().is_file():
        click.echo(f"That file is not there yet: {key_file()} (readable by you only).", err=True)
    if row.key in ("inherited", "forwarded", "reference") and not os.environ.get(KEY, "").strip():
        click.echo(f"{KEY} is not set in this shell.", err=True)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as exc:
        raise click.ClickException(f"{file} cannot be read ({exc}). Nothing was changed.") from exc


def _agreed(file: Path, old: str, new: str, *, yes: bool) -> bool:
    """Show the difference and ask."""
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), str(file) if old else "no file yet", str(file), n=2, lineterm=""
    )
    click.echo("\n".join(lines))
    return yes or click.confirm("Write this?", abort=True)


def _replace(file: Path, text: str) -> Path | None:
    """Put `text` into `file` in one step, and keep what was there; return where."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        backup = None
        mode = 0o600
        if file.exists():
            mode = file.stat().st_mode & 0o777
            backup = file.with_name(f"{file.name}.{datetime.now().astimezone():%Y%m%d-%H%M%S}.bak")
            old = file.read_bytes()
            _write_beside(file, old, mode).replace(backup)
            if b"\r\n" in old:
                text = text.replace("\n", "\r\n")
        _write_beside(file, text.encode(), mode).replace(file)
    except OSError as exc:
        raise click.ClickException(f"{file} cannot be written ({exc}). It is as it was.") from exc
    return backup


def _write_beside(file: Path, content: bytes, mode: int) -> Path:
    """Write a new file next to `file`, synced, and return it."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(descriptor, "wb") as beside:
        beside.write(content)
        beside.flush()
        os.fsync(beside.fileno())
    path = Path(name)
    path.chmod(mode)
    return path
