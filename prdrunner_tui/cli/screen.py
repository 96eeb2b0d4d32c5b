"""Handing over to the cockpit, a layer above: reached by name, as every command is."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

LAUNCHER = "prdrunner_tui.tui.launch"


def on_terminal() -> bool:
    """Whether the cockpit can be shown: input and output are one terminal that takes more than plain lines."""
    try:
        streams = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    except ValueError:
        return False
    return streams and os.environ.get("TERM", "") not in ("", "dumb")


def shown(target: str, arguments: Sequence[str]) -> int:
    """Run ``target`` (``module:function``) under the launcher of the cockpit; its exit code.

    Raises:
        Problem: this is no terminal that can show it.
    """
    code: int = import_module(LAUNCHER).main(arguments, target)
    return code
