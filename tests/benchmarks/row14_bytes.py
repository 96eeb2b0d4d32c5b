"""Row 14: bytes of a typed character, against the smallest app, and of a page of the log, against ``less``."""

from __future__ import annotations

import re
import shutil

from tests.benchmarks.replay import Playback, shown
from tests.benchmarks.row01_start import HELLO
from tests.benchmarks.row11_tree import sent
from tests.benchmarks.stage import ROOT, run_until_calm, staged
from tests.benchmarks.table import Line, Lines, Remark
from tests.benchmarks.tty import Tty

_LINES = 3_000
_OLDER, _NEWER = "\x1b[5~", "\x1b[6~"
_TEXT = "a word or two to the agent "


async def measure(rounds: int) -> Lines:
    """The lines of the row."""
    keys = max(12, rounds)
    with staged() as stage, stage.cockpit() as tty:
        stage.flood(_LINES)
        stage.until_produced(_LINES)
        Playback(tty).until(f"n={stage.stop_flood() - 1:09d} ")
        # To the log, all of the body to it, and some pages up.
        for key in ("\t", "+", *[_OLDER] * 8):
            _press(tty, key)
        page = sent(tty, [_OLDER, _NEWER] * (keys // 2), 0.25)
        for key in "_1m":
            _press(tty, key)
        text = (_TEXT * 8)[:keys]
        typed = sent(tty, list(text))
        if text.strip() not in "\n".join(shown(tty.size, tty.taken()).rows):
            raise RuntimeError("what was typed is not on the screen")
        copy = stage.folder / "copy"
        copy.write_text(_as_shown(stage.segment().read_bytes()))
        lines: Lines = []
        if shutil.which("less") is None:
            lines.append(Remark(14, "less is not installed: not measured"))
        else:
            with Tty(["less", "-S", str(copy)]) as peer:
                peer.until(b"n=0000")
                peer.press("  " * 8)
                run_until_calm(peer)
                less = sent(peer, ["b", " "] * (keys // 2), 0.25)
            lines.append(Line(14, "a page of the log", page, "less, the same lines", less, 1.5, "B"))
    with Tty(HELLO, cwd=ROOT) as hello:
        hello.until(b"hello")
        run_until_calm(hello)
        smallest = sent(hello, list(text))
    return [Line(14, "a typed character", typed, "minimal app", smallest, 1.5, "B"), *lines]


def _press(tty: Tty, key: str) -> None:
    """A key that is not measured; the next one comes when nothing more follows it."""
    tty.press(key)
    tty.quiet(0.3)


def _as_shown(log: bytes) -> str:
    """The lines with what the log pane puts before each."""
    numbers = re.findall(r"^n=.*$", log.decode(), re.MULTILINE)
    return "".join(f"12:00:00 first I1 | {line}\n" for line in numbers)
