"""The pinned programs are installed whole or not at all, each by what it needs; what is not there is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.agents import install
from tests.agents.install import PROGRAMS, FromPyPI, chosen, python_since

_MAKES_A_VENV = """#!/bin/sh
case "$1 $2" in
"-c "*) exit {old} ;;
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip") echo "#!$(dirname "$0")/python" > "$(dirname "$0")/ours"; exit {failed} ;;
esac
"""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of programs that is looked at first, in it a Python that does not start; the cache is beside it."""
    (tmp_path / "bin").mkdir()
    python(tmp_path / "bin", "python3.13", old=127)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", "")
    monkeypatch.setattr(install, "cache", lambda: tmp_path / "cache")
    return tmp_path / "bin"


def python(found: Path, name: str, *, old: int = 0, failed: int = 0) -> None:
    """A Python that makes an environment in which pip makes a script, or fails after it."""
    (found / name).write_text(_MAKES_A_VENV.format(old=old, failed=failed))
    (found / name).chmod(0o755)


OURS = FromPyPI("ours", "1.0", "ours")


def test_a_package_of_pypi_becomes_a_program_that_names_its_own_python(found: Path) -> None:
    python(found, "python3.12")
    assert python_since((3, 12)) == str(found / "python3.12")
    assert OURS.missing
    install.install(OURS)
    assert OURS.missing == ""
    assert OURS.path.read_text() == f"#!{OURS.folder}/bin/python\n"
    assert [p.name for p in OURS.folder.parent.iterdir()] == [OURS.folder.name]


def test_a_failed_install_leaves_nothing(
    found: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python(found, "python3.12", failed=7)
    monkeypatch.setattr(install, "PROGRAMS", {"ours": OURS})
    assert install.main("all") == 1
    assert "!!! python failed with exit 7 for ours" in capsys.readouterr().err
    assert list(OURS.folder.parent.iterdir()) == []


def test_without_a_python_that_is_new_enough_it_is_told_and_ends_well(
    found: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python(found, "python3.12", old=1)
    monkeypatch.setattr(install, "PROGRAMS", {"ours": OURS})
    assert install.main("all") == 0
    told = (
        "!!! REAL AGENT NOT TESTED: ours 1.0 is not installed (make agents-all needs Python 3.12 or newer)\n"
    )
    assert capsys.readouterr().err == told


def test_two_are_for_every_day_and_every_one_is_for_all() -> None:
    assert chosen("1") == ["claude-agent-acp", "qwen"]
    assert chosen("all") == sorted(PROGRAMS)
