"""A07: the shells of this machine read a plain command as we do, word for word."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from prdrunner_tui.rules.shellwords import NotPlain, parse
from tests.unit.rules.cases_a07 import PLAIN

SHELLS = [name for name in ("sh", "dash", "bash", "ksh", "zsh") if shutil.which(name)]
# Each line is the words of a function that prints them; nothing that a line may name can be found.
CHARACTERS = "ab1   -=/.,:;&|<>(){}$`\\\\''''\"\"\"*?[]!~#^%@+_"


def words_by(shell: str, lines: list[str], folder: Path) -> list[tuple[str, ...]]:
    """What a shell makes of lines, each a tuple of words; the first word of each is `f`."""
    printing = """f() { printf '%s\\037' "$@"; printf '\\n'; }\n"""
    program = printing + "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        [shutil.which(shell) or shell, "-c", program],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": str(folder), "HOME": "/nowhere"},
        stdin=subprocess.DEVNULL,
        check=True,
    )
    assert not done.stderr
    return [tuple(line.split("\x1f")[:-1]) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("shell", SHELLS)
def test_a07_plain_commands_have_the_words_that_a_shell_gives_them(shell: str, tmp_path: Path) -> None:
    found = words_by(shell, [f"f {line}" for line in PLAIN], tmp_path)
    assert found == [parse(line) for line in PLAIN]


def is_plain(line: str) -> bool:
    """Whether we take a line for one plain command."""
    try:
        parse(line)
    except NotPlain:
        return False
    return True


def generated(count: int) -> list[str]:
    """Those of so many lines of odd characters that are plain; always the same."""
    choose = random.Random(7)
    made = ("f " + "".join(choose.choices(CHARACTERS, k=choose.randrange(1, 20))) for _ in range(count))
    return [line for line in made if is_plain(line)]


@pytest.mark.parametrize("shell", SHELLS)
def test_a07_generated_lines_too(shell: str, tmp_path: Path) -> None:
    lines = generated(30_000)
    assert len(lines) > 500
    expected = [parse(line)[1:] for line in lines]
    assert words_by(shell, lines, tmp_path) == [words or ("",) for words in expected]
