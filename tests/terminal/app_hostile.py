"""A repository, an agent and a person that write what a terminal would obey, wherever they can write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.cli.conftest import Place
from tests.terminal.app_world import CONFIG, World

CODES = "".join(
    (
        "\x1b]52;c;ZXZpbA==\x07",  # the clipboard
        "\x1b]2;owned\x1b\\",  # the title
        "\x1b]8;;http://evil.example/\x1b\\l\x1b]8;;\x1b\\",
        "\x1bP$qm\x1b\\\x1b[6n\x1b[c",  # questions, whose answers would be typed
        "\x1b[31;47m\x1b[2J\x1b[9;9H\x1b[?1049l\x1bc\x1b(0",
        "\x9b2J\x9d52;c;eA==\x9c\x90q\x9c",
        "\x07a\x08b\rc\x0bd\x0ce\x7f\x0e\x0f",
        "\u202eexe.txt\u2066\u200f\u200bz\ufeff\u2060\u2028\U000e0041\ufe0f",
    )
)
"""One of each kind that a string of C can hold, in one line."""
MARKUP = "[/bold] [@click=app.quit]q[/] [link=https://e.example]l [/nothing] [$x] ["
"""What would be formatting for Textual and Rich."""
LETTERS = "\u00e9\u045b2J\u6f22"
"""Innocent ones; but where there is no UTF-8 one byte of the second is CSI."""
TEXT = f"{MARKUP} {LETTERS} {CODES}"
FILES = (
    b"f\x1b]52;c;eA==\x07.txt",
    "g\x1b[31m\u202e\u200b\x9b2J[bold].txt".encode(),
    b"-rf\r\x08h\x7f\xff\x9b",
    b"[@click=app.quit]k[",
)
"""Names of files that the agent makes; two are no text."""
DOCUMENT = "p\x1b[31m\u202erd[bold].md"
PROJECT = "todo\x1b]2;x\x07\u202e[b]"
BRANCH = "ma\u202ein\x9b2J"

_EVIL = f"""\
import os, sys
text = {TEXT!a}
for number, name in enumerate({FILES!r}):
    with open(b"./" + name, "ab") as file:
        file.write(b"x\\n" + text.encode() + b"\\xff\\x9b2J\\n")
with open("calc.py", "a") as file:
    file.write("# " + text.replace("\\r", "").replace("\\x0b", "").replace("\\x0c", "") + "\\n")
sys.stdout.buffer.write(("out " + text + "\\0\\n").encode() + b"bad \\xff\\x9b2J\\xd0\\xed\\xa0\\x80 \\n")
sys.stderr.buffer.write(b"[/bold]" + text.encode())
sys.exit(3)
"""
_TEST = f"""\
import unittest
class Evil(unittest.TestCase):
    def test_evil(self):
        {TEXT!a}
        print({TEXT!a})
"""
_PRD = f"""\
# Calculator {TEXT}

## F-1: Multiply {TEXT}

- AC-1: multiply {TEXT}

## F-2: Halve

Depends on: F-1

- AC-2: halve {CODES}
"""


def quoted(text: str) -> str:
    """A string of YAML in which whatever is not printable ASCII is escaped."""
    kept = ("\\" + one if one in '"\\' else one for one in text)
    return f'"{"".join(one if " " <= one[-1] <= "~" else f"{chr(92)}U{ord(one):08x}" for one in kept)}"'


_RECORDING = f"""\
recording: {quoted("title " + TEXT)}
default:
  plan_impl:
    - talk: {quoted("plan " + TEXT)}
    - write_result:
        summary: {quoted("sum " + TEXT)}
        approach: {quoted("app " + TEXT)}
        changes: [{{path: {quoted("p" + CODES)}, action: new, note: {quoted(TEXT)}}}]
  review:
    - write_result:
        summary: {quoted("review " + TEXT)}
        issues: [{{severity: note, text: {quoted("issue " + TEXT)}, file: {quoted("p" + CODES)}, line: 1}}]
  implement:
    2:
      - talk: {quoted("again " + TEXT)}
      - ask: {{question: {quoted("why " + TEXT)}, choices: [{quoted("one " + TEXT)}, {quoted("two")}]}}
      - command: python3 evil.py
    default:
      - thought: {quoted("thought " + TEXT)}
      - talk: {quoted("talk " + MARKUP + chr(10) + CODES + chr(0) + chr(0xD800))}
      - note: {quoted("note " + TEXT)}
      - plan: [{quoted("step " + TEXT)}]
      - command: {quoted("python3 evil.py # " + TEXT)}
      - session: {quoted("s" + CODES)}
"""
_CHECKS = f"""\
    - {{name: own, run: {quoted("python3 -m unittest test_evil #" + CODES)}}}
"""


@contextlib.contextmanager
def hostile_world(folder: Path) -> Iterator[World]:
    """A run that waits with a question in iteration 2, the first one rejected; codes wherever there can be any."""
    with contextlib.closing(World(folder, _RECORDING, prd=_PRD, config=CONFIG + _CHECKS)) as made:
        _poison(made.place)
        made.begin(f"docs/{DOCUMENT}")
        made.place.until("status", holds="review d1")
        made.give("reject", "d1", "--reason", f"no {TEXT}")
        made.place.until("status", holds="question")
        made.message(f"say {TEXT}")
        yield made


def _poison(place: Place) -> None:
    """Write the codes into the repository, its names and its person."""
    (place.root / "evil.py").write_text(_EVIL)
    (place.root / "test_evil.py").write_text(_TEST)
    (place.root / "docs/prd.md").rename(place.root / "docs" / DOCUMENT)
    place.git("config", "user.name", f"Eve {TEXT}".replace("\n", " "))
    place.git("add", ".")
    place.git("commit", "-qm", f"first {TEXT}")
    place.git("branch", "-m", BRANCH)
    place.root = place.root.rename(place.root.parent / PROJECT)
    place.extra = {"LOGNAME": f"eve{MARKUP}{CODES}"}
