"""The rows know no screen: nothing of them imports Textual, and the clock is handed in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import prdrunner_tui.tui.rows as rows

FOLDER = Path(rows.__file__).parent


def test_no_module_imports_textual_or_click() -> None:
    names = [f"prdrunner_tui.tui.rows.{path.stem}" for path in FOLDER.glob("*.py")]
    code = (
        f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\n"
        "print([m for m in ('textual', 'rich', 'click', 'pydantic', 'git', 'sqlite3') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_reads_a_clock() -> None:
    for path in FOLDER.glob("*.py"):
        text = path.read_text()
        assert "import time" not in text and ".now()" not in text, path
