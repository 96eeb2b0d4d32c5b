"""How the panes stood when the cockpit of a repository was left: a small file beside its runs."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from prdrunner_tui.tui.arrange import LAYOUTS, TABS, Wish
from prdrunner_tui.tui.logbook import GROUPS

_MOST = 10_000
_GROWN = ("phases", "log")


class Memory:
    """The file; without a path nothing is remembered. What cannot be read or written is no trouble.

    Args:
        path: the file.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self) -> tuple[Wish, frozenset[str]]:
        """How the panes stood, and the kinds of log lines that were shown alone."""
        if self._path is None or not self._path.is_file():
            return Wish(), frozenset()
        try:
            with self._path.open("rb") as file:
                told = json.loads(file.read(_MOST))
        except (OSError, ValueError, RecursionError):
            return Wish(), frozenset()
        return _wish(told), _groups(told)

    def write(self, wish: Wish, groups: frozenset[str]) -> None:
        """Remember it; a reader never finds half a file."""
        if self._path is None:
            return
        told = {"layout": wish.layout, "tab": wish.tab, "grown": dict(wish.grown), "groups": sorted(groups)}
        part = self._path.with_suffix(f".{os.getpid()}")
        try:
            part.write_text(json.dumps(told), encoding="utf-8")
            part.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()


def _wish(told: Any) -> Wish:
    if not isinstance(told, dict):
        return Wish()
    layout, tab, grown = told.get("layout"), told.get("tab"), told.get("grown")
    sizes = grown if isinstance(grown, dict) else {}
    return Wish(
        layout=_one_of(layout, LAYOUTS, "overview"),
        tab=_one_of(tab, TABS, TABS[0]),
        grown={name: size for name in _GROWN if type(size := sizes.get(name)) is int and abs(size) < 1000},
    )


def _one_of(value: object, allowed: tuple[Any, ...], usual: Any) -> Any:
    return value if isinstance(value, str) and value in allowed else usual


def _groups(told: Any) -> frozenset[str]:
    groups = told.get("groups") if isinstance(told, dict) else None
    if not isinstance(groups, list):
        return frozenset()
    return frozenset(one for one in groups if isinstance(one, str) and one in GROUPS)
