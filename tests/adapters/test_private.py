"""Folders are made for this user only, those above them too, and what exists is left alone."""

import stat
import sys
from pathlib import Path

import pytest

from darkroom.adapters.private import private_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_and_those_made_above_it_are_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_folder(tmp_path / "state" / "home" / "spool")
    made = [tmp_path / "state" / "home" / "spool", tmp_path / "state" / "home", tmp_path / "state"]
    assert [_mode(path) for path in made] == [0o700] * 3
    assert _mode(tmp_path) == 0o755


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    private_folder(tmp_path)
    assert _mode(tmp_path) == 0o750


def test_a_place_below_a_file_or_taken_by_one_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below" / "deeper"):
        with pytest.raises(OSError, match="file"):
            private_folder(folder)
