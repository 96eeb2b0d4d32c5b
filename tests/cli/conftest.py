"""Commands as people give them: in this process where only the words count, else as processes of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PRD = """\
# Calculator

## F-1: Multiply

- AC-1: multiply(2, 3) is 6

## F-2: Halve

Depends on: F-1

- AC-2: halve(6) is 3
"""
AGENT = """\
cat > "$PROMPTS/$PRDRUNNER_PHASE.$PRDRUNNER_ITERATION"
printf 'def %s_%s(a):\\n    return a\\n' "$PRDRUNNER_PHASE" "$PRDRUNNER_ITERATION" >> calc.py
"""
TESTS = "python3 -m unittest -v"
CONFIG = f"""\
workers:
  default: 'command: sh agent.sh'
  pass_env: [PROMPTS]
verify:
  commands:
    - {{name: tests, run: {TESTS}}}
"""


@dataclass
class Said:
    """What a command put out, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def problem(self) -> list[str]:
        """The lines of the error."""
        return self.err.splitlines()


@dataclass
class Place:
    """A repository, and an environment in which nothing of this machine's user shows."""

    root: Path
    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The environment of the commands."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "PRDRUNNER_STATE_DIR": str(self.home / "state"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PROMPTS": str(self.home / "prompts"),
            **self.extra,
        }

    def run(self, *arguments: str, cwd: Path | None = None, timeout: float = 60) -> Said:
        """A command of prdrunner, as a process."""
        done = subprocess.run(
            [sys.executable, "-m", "prdrunner_tui", *arguments],
            cwd=cwd or self.root,
            env=self.env,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def git(self, *arguments: str) -> str:
        """Git, as the person of this place."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=self.env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def until(self, *arguments: str, holds: str, seconds: float = 20) -> Said:
        """Give a command again until its output holds a text."""
        deadline = time.monotonic() + seconds
        while holds not in (said := self.run(*arguments)).out:
            assert time.monotonic() < deadline, f"{holds!r} never came:\n{said.out}{said.err}"
        return said

    def kill_engine(self) -> None:
        """End the engine as a crash does, and wait until its lock is free."""
        from prdrunner_tui.cli.status import engine_alive

        for lock in (self.home / "state").glob("*/engine.lock"):
            deadline = time.monotonic() + 10
            while engine_alive(lock):
                with contextlib.suppress(ValueError, ProcessLookupError):
                    os.kill(int(lock.read_text().split()[0]), signal.SIGKILL)
                assert time.monotonic() < deadline, "the engine does not end"
                time.sleep(0.01)


def make_place(folder: Path, *, config: str = CONFIG, prd: str = PRD) -> Place:
    """A repository with one passing test, an agent that adds a function, and a PRD of two features."""
    place = Place(folder / "project", folder / "home")
    (place.home / "prompts").mkdir(parents=True)
    (place.root / "docs").mkdir(parents=True)
    for name, text in {
        "calc.py": "def add(a, b):\n    return a + b\n",
        "test_calc.py": "import unittest\nfrom calc import add\n\n\nclass T(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n",
        "agent.sh": AGENT,
        "docs/prd.md": prd,
    }.items():
        (place.root / name).write_text(text)
    if config:
        (place.root / ".prd_runner").mkdir()
        (place.root / ".prd_runner/config.yaml").write_text(config)
    (place.home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    place.git("init", "-q", "-b", "main")
    place.git("add", ".")
    place.git("commit", "-qm", "first")
    return place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A repository whose configuration is trusted."""
    made = make_place(tmp_path)
    assert made.run("trust").code == 0
    yield made
    made.kill_engine()


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A repository with a run whose first review waits for a person; its engine is gone."""
    made = make_place(tmp_path_factory.mktemp("waiting"))
    assert made.run("trust").code == 0
    begun = made.run("run", "--prd-file", "docs/prd.md", "--detach")
    assert begun.code == 0, begun.err
    made.until("status", holds="NEEDS YOU")
    made.kill_engine()
    yield made
    made.kill_engine()


@dataclass
class InProcess:
    """Commands in this process: quick, for words and exit codes."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, place: Place, *arguments: str, cwd: Path | None = None) -> Said:
        """Give a command of prdrunner."""
        from prdrunner_tui.cli.main import run

        for name in (
            "PRDRUNNER_STATE_DIR",
            "XDG_DATA_HOME",
            "XDG_CONFIG_HOME",
            "HOME",
            "GIT_CONFIG_NOSYSTEM",
        ):
            self.monkeypatch.setenv(name, place.env[name])
        self.monkeypatch.chdir(cwd or place.root)
        self.capsys.readouterr()
        code = run(list(arguments))
        said = self.capsys.readouterr()
        return Said(code, said.out, said.err)


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> InProcess:
    """Gives commands in this process."""
    return InProcess(monkeypatch, capsys)
