"""Every command says what it does, and the way in which hosts start the server imports nothing for people."""

import json
import subprocess
import sys

import click
import pytest

from cli.shell import Shell
from darkroom.cli.commands import COMMANDS, cli


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_each_of_its_options_has_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help
    silent = [param.name for param in command.params if isinstance(param, click.Option) and not param.help]
    assert silent == []


def test_the_help_page_names_every_command(shell: Shell) -> None:
    done = shell.run("--help")
    assert done.returncode == 0
    listed = [line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line.strip()]
    assert listed == list(COMMANDS)


def test_serve_without_options_imports_nothing_that_only_people_need(shell: Shell) -> None:
    look = (
        "import json, sys; sys.argv = ['darkroom', 'serve']; from darkroom.__main__ import main; main(); "
        "print(json.dumps([name for name in sys.modules if name.startswith('darkroom.cli')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], env=shell.environment, input="", capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


def test_a_worker_starts_without_tables_and_bars() -> None:
    look = (
        "import sys; from darkroom.cli.commands import cli; cli(['worker', '--help'], standalone_mode=False); "
        "sys.exit('rich' in sys.modules or 'mcp' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, check=False).returncode == 0


def test_an_unknown_command_is_wrong_usage(shell: Shell) -> None:
    done = shell.run("develop")
    assert done.returncode == 2
    assert "No such command 'develop'" in done.stderr
