"""The small app inside tmux, which answers less than other terminals do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.terminal.conftest import ROOT, START
from tests.terminal.pty import SOON
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")


class Tmux:
    """A tmux server of its own with one pane, in which a shell runs."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "tmux"
        env = {"HELLO_DIR": str(folder), "PRDRUNNER_STATE_DIR": str(folder / "state")}
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._env = {**kept, **env, "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        shell = "env PS1='ready$ ' bash --norc --noprofile -i"
        self("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", str(ROOT), shell)

    def __call__(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._socket), *arguments]
        return subprocess.run(command, env=self._env, capture_output=True, text=True, check=True).stdout

    @property
    def text(self) -> str:
        return self("capture-pane", "-p")

    def until(self, condition: Callable[[], object]) -> None:
        try:
            wait_for(condition, SOON)
        except TimeoutError as error:
            raise AssertionError(self.text) from error


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    made = Tmux(tmp_path)
    yield made
    made("kill-server")


def test_f32_in_tmux_frames_are_acknowledged_and_everything_is_given_back(tmux: Tmux, tmp_path: Path) -> None:
    tmux.until(lambda: "ready$" in tmux.text)
    tmux("send-keys", " ".join(START), "Enter")
    tmux.until(lambda: "typed:[]" in tmux.text)
    tmux("send-keys", "abP")
    tmux.until(lambda: "typed:[ab]" in tmux.text and "00000004" in tmux.text)
    tmux("resize-window", "-x", "60", "-y", "10")
    tmux.until(lambda: [len(row) for row in tmux.text.splitlines()[1:]] == [60] * 9)
    tmux("send-keys", "Q")
    tmux.until((tmp_path / "stats.json").exists)
    tmux.until(
        lambda: tmux("display-message", "-p", "#{alternate_on}#{mouse_any_flag}#{cursor_flag}") == "001\n"
    )
    tmux("send-keys", "echo the code is $?", "Enter")
    tmux.until(lambda: "the code is 0" in tmux.text)
    assert "^[" not in tmux.text
    assert json.loads((tmp_path / "stats.json").read_text())["ack"] == "cursor position"
