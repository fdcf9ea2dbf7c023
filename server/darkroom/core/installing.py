"""A host's configuration with Darkroom in it: the entry, the whole text, the links. Pure; nothing is written here."""

import base64
import copy
import json
import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final, TypeAlias, cast
from urllib.parse import quote

import tomlkit
from tomlkit.exceptions import TOMLKitError

from darkroom.catalog.installs import KEY, KEY_FILE, Install

NAME: Final = "darkroom"
"""Name of the server in every host; has no underscore, which Gemini CLI would trip over."""

SANDBOX: Final = "DARKROOM_SANDBOX"

Table: TypeAlias = dict[str, Any]

_LIST_OF_WORDS = re.compile(r'\[\s+(?:"(?:[^"\\]|\\.)*",?\s+)+\]')


class NotEditableError(Exception):
    """A configuration that cannot be changed without losing something of it."""


def entry(install: Install, command: Sequence[str], *, key_file: str, sandbox: bool = False) -> Table:
    """Return what a host is told: the command, the way of the key, the time-outs.

    `command` is the program and its arguments. The key itself is never part of it.
    """
    words = list(command)
    made: Table = dict(install.before)
    made |= {"command": words} if install.command == "list" else {"command": words[0], "args": words[1:]}
    if install.key == "forwarded" and not sandbox:
        made["env_vars"] = [KEY]
    variables = {SANDBOX: "1"} if sandbox else _key_variables(install, key_file)
    if variables:
        made[install.environment] = variables
    return made | dict(install.after)


def document(install: Install, made: Mapping[str, Any], *, sandbox: bool = False) -> Table:
    """Return a whole configuration that holds nothing but Darkroom, to be pasted into a file or merged."""
    whole: Table = {}
    _put(whole, install, made, sandbox=sandbox)
    return whole


def snippet(install: Install, made: Mapping[str, Any], *, sandbox: bool = False) -> str:
    """Write `document` in the form of the host's file."""
    whole = document(install, made, sandbox=sandbox)
    if install.form == "toml":
        return tomlkit.dumps(whole).strip()
    return _LIST_OF_WORDS.sub(_on_one_line, json.dumps(whole, indent=2, ensure_ascii=False))


def merged(install: Install, text: str, made: Mapping[str, Any], *, sandbox: bool = False) -> str:
    """Return the configuration `text` with Darkroom in it, all else as it was; the same text if it is there already.

    Raises:
        NotEditableError: If `text` cannot be read, has comments that would be lost, or has something else in
            the place of the table of servers.
    """
    return (_merged_toml if install.form == "toml" else _merged_json)(install, text, made, sandbox)


def link(install: Install, made: Mapping[str, Any]) -> str:
    """Return the address that adds the server with one click; empty if the host has none.

    It is the https form, since sites that show Markdown drop links of other schemes.
    """
    compact = json.dumps(made, separators=(",", ":"), ensure_ascii=False)
    if install.link == "cursor":
        config = quote(base64.b64encode(compact.encode()).decode(), safe="")
        return f"https://cursor.com/en/install-mcp?name={NAME}&config={config}"
    if install.link == "vscode":
        whole: Table = {"name": NAME, **made}
        if install.inputs:
            whole["inputs"] = [dict(install.inputs)]
        address = f"vscode:mcp/install?{quote(json.dumps(whole, separators=(',', ':')), safe='')}"
        return f"https://insiders.vscode.dev/redirect?url={quote(address, safe='')}"
    return ""


def _on_one_line(found: re.Match[str]) -> str:
    return json.dumps(json.loads(found[0]), ensure_ascii=False)


def _key_variables(install: Install, key_file: str) -> dict[str, str]:
    if install.key in ("reference", "asked"):
        return {KEY: install.key_text}
    return {KEY_FILE: key_file} if install.key == "file" else {}


def _merged_json(install: Install, text: str, made: Mapping[str, Any], sandbox: bool) -> str:
    try:
        read: object = json.loads(text) if text.strip() else {}
    except ValueError as exc:
        raise NotEditableError(f"it is no plain JSON ({exc}); comments, if that is why, would be lost") from exc
    if not isinstance(read, dict):
        raise NotEditableError("it holds no JSON object")
    whole = cast("Table", read)
    before = copy.deepcopy(whole)
    _put(whole, install, made, sandbox=sandbox)
    if whole == before:
        return text
    return json.dumps(whole, indent=_indentation(text), ensure_ascii=False) + "\n"


def _merged_toml(install: Install, text: str, made: Mapping[str, Any], sandbox: bool) -> str:
    try:
        whole = tomlkit.parse(text)
    except TOMLKitError as exc:
        raise NotEditableError(f"it is no TOML ({exc})") from exc
    before = whole.unwrap()
    _put(whole, install, made, sandbox=sandbox)
    return text if whole.unwrap() == before else tomlkit.dumps(whole)


def _put(whole: MutableMapping[str, Any], install: Install, made: Mapping[str, Any], *, sandbox: bool) -> None:
    """Put the entry into its place, and what the host is to ask for beside it."""
    table = whole
    for name in install.place:
        if name not in table:
            table[name] = tomlkit.table(is_super_table=True) if install.form == "toml" else {}
        inner: object = table[name]
        if not isinstance(inner, MutableMapping):
            raise NotEditableError(f"its {name!r} is no table")
        table = cast("MutableMapping[str, Any]", inner)
    variables = _variables(table.get(NAME), install, made)
    value = {**made, install.environment: variables} if variables else dict(made)
    table[NAME] = value
    if install.inputs and not sandbox:
        _ask(whole, install.inputs)


def _variables(old: object, install: Install, made: Mapping[str, Any]) -> Table:
    """Variables for the entry: those that a person set for this server stay, and so does a way of giving the key."""
    found: object = cast("Mapping[str, Any]", old).get(install.environment) if isinstance(old, Mapping) else None
    kept = dict(cast("Mapping[str, Any]", found)) if isinstance(found, Mapping) else {}
    kept.pop(SANDBOX, None)
    fresh: Mapping[str, Any] = made.get(install.environment, {})
    has_key = KEY in kept or KEY_FILE in kept
    return kept | {name: value for name, value in fresh.items() if not (has_key and name in (KEY, KEY_FILE))}


def _ask(whole: MutableMapping[str, Any], question: Mapping[str, Any]) -> None:
    asked = whole.setdefault("inputs", [])
    if not isinstance(asked, list):
        raise NotEditableError("its 'inputs' is no list")
    questions = cast("list[Any]", asked)
    if not any(isinstance(item, dict) and cast("Table", item).get("id") == question["id"] for item in questions):
        questions.append(dict(question))


def _indentation(text: str) -> int | str:
    """Return the indentation that a JSON text uses; two spaces if it has none."""
    for line in text.splitlines()[1:]:
        space = line[: len(line) - len(line.lstrip())]
        if space:
            return "\t" if space.startswith("\t") else len(space)
    return 2
