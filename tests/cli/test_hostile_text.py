"""A03: nothing that an agent, a document or a person wrote reaches the terminal as something that it would obey."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.cli.conftest import CONFIG, InProcess, Place, Said, make_place

ESC, BELL, CSI, BIDI, ZERO = "\x1b", "\x07", "\x9b", "\u202e", "\u200b"
COPY = f"{ESC}]52;c;ZXZpbA=={BELL}"
HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]")
PRD = f"""\
# Cal{ESC}[31mculator {BIDI}

## F-1: Mul{COPY}tiply{ZERO}

- AC-1: it {CSI}2J works {BIDI}txt.exe
"""
AGENT = r"""
printf 'begin \033]52;c;ZXZpbA==\007 \033[2J \302\2332J \342\200\256 end\n'
printf 'def evil(): pass  # \033[31m\n' >> calc.py
printf 'x\n' > "$(printf 'file\033[31m\342\200\256.txt')"
printf 'import unittest\nclass E(unittest.TestCase):\n    def test_e(self): print("\\x1b]0;t")\n' > test_evil.py
"""


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Said]]:
    """A run with hostile text in everything that comes from outside, and what following it put out."""
    made = make_place(tmp_path_factory.mktemp("evil"), prd=PRD, config=CONFIG.replace("-v", "-v -b"))
    (made.root / "agent.sh").write_text(AGENT)
    made.git("add", ".")
    made.git("commit", "-qm", "an agent")
    assert made.run("trust").code == 0
    begun = made.run("run", "--prd-file", "docs/prd.md", "--detach")
    assert begun.code == 0, begun.err
    made.until("status", holds="NEEDS YOU")
    words = made.run("message", f"mul{COPY}", f"say {COPY}")
    rejected = made.run("reject", "--reason", f"no {COPY} {BIDI}")
    assert rejected.code == 0, rejected.err
    made.until("status", holds="review d2")
    followed = made.run("resume", "--yes", "--headless")
    assert followed.code == 3, followed.out
    assert "protected files" in followed.out
    yield (
        made,
        Said(0, begun.out + words.out + rejected.out + followed.out, begun.err + words.err + followed.err),
    )
    made.kill_engine()


def test_a03_following_a_run(evil: tuple[Place, Said]) -> None:
    _, said = evil
    assert "rejected mul" in said.out
    assert not HOSTILE.search(said.out)
    assert not HOSTILE.search(said.err)


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",), ("runs", "list"), ("runs", "show"), ("show", "d1"), ("show", "d1", "--diff"), ("logs",),
        ("checkpoint", "list"), ("checkpoint", "show", "cp-2"), ("plan", "--prd-file", "docs/prd.md"),
        ("plan", "--prd-file", "docs/prd.md", "--show-parallel"), ("trust", "--show"), ("approve", COPY),
        ("status", "--run-id", COPY), ("logs", COPY), (COPY,), ("run", "--prd-file", COPY), ("show", "--json", "d1"),
        ("logs", "--json"), ("status", "--json"),
    ],
    ids=lambda arguments: " ".join(arguments).encode("unicode_escape").decode(),
)  # fmt: skip
def test_a03_every_command(evil: tuple[Place, Said], give: InProcess, arguments: tuple[str, ...]) -> None:
    place, _ = evil
    said = give(place, *arguments)
    assert said.out or said.err
    assert "Traceback" not in said.err
    assert not HOSTILE.search(said.out)
    assert not HOSTILE.search(said.err)


def test_a03_it_is_shown_and_not_swallowed(evil: tuple[Place, Said], give: InProcess) -> None:
    place, _ = evil
    assert "begin" in give(place, "logs", "--step", "implement").out
    assert "file" in give(place, "show", "d1").out
    assert "␛" in give(place, "show", "d1", "--diff").out
