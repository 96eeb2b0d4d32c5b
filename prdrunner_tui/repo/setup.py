"""The setup of a slot or a workspace: when it is needed, and the kept directories that it makes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo.basetree import Entry
from prdrunner_tui.repo.environment import Environment, setup_key
from prdrunner_tui.repo.objects import write_durably
from prdrunner_tui.repo.switch import Aside


@dataclass(frozen=True, slots=True)
class Setup:
    """What setup has made in a directory.

    Attributes:
        folder: a folder of ours, outside the directory and on its file system, for the record and what is put aside.
        root: the directory: a slot's tree or a workspace.
        environment: the commands and the kept directories.
    """

    folder: Path
    root: Path
    environment: Environment

    def needed(self, entries: Mapping[bytes, Entry]) -> str | None:
        """The key of the setup to run for a tree before anything else runs there, or None.

        The caller then calls `begin`, runs ``environment.setup`` in `root`, and `mark_done`.
        """
        key = setup_key(self.environment, entries)
        return None if key is None or self._done() == key else key

    def begin(self) -> None:
        """Puts the kept directories aside, so that setup makes them anew; nothing counts as set up until done."""
        self._write("")
        aside = Aside(self.folder / "aside-setup", keep_last=1)
        base = os.fsencode(self.root)
        for path in self.kept():
            aside.take(base, path)
        boundary("setup.begun")

    def mark_done(self, key: str) -> None:
        """Records that the kept directories are those of ``key``."""
        boundary("setup.before_done")
        self._write(key)

    def kept(self) -> tuple[bytes, ...]:
        """The ``keep`` directories that exist, outermost only."""
        return tuple(sorted(find_leftovers(self.root, frozenset(), frozenset(), self.environment)[1]))

    def _done(self) -> str:
        try:
            record = json.loads((self.folder / "setup.json").read_bytes())
        except (OSError, ValueError):
            return ""
        return str(record.get("key", "")) if isinstance(record, dict) else ""

    def _write(self, key: str) -> None:
        if self._done() != key:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_durably(self.folder / "setup.json", json.dumps({"key": key}).encode())


def find_leftovers(
    root: Path, tracked: frozenset[bytes], folders: frozenset[bytes], environment: Environment
) -> tuple[list[bytes], list[bytes]]:
    """What is in a directory apart from the tracked files.

    Args:
        root: the directory; links are not followed.
        tracked: the tracked files.
        folders: the directories above them.
        environment: tells which directories are kept.

    Returns the leftovers (a directory as a whole where it holds nothing that stays) and the kept directories.
    """
    base = os.fsencode(root)

    def visit(directory: bytes) -> tuple[list[bytes], list[bytes]]:
        leftovers: list[bytes] = []
        kept: list[bytes] = []
        try:
            entries = sorted(os.scandir(base + b"/" + directory), key=lambda entry: entry.name)
        except OSError:
            return leftovers, kept
        for entry in entries:
            path = directory + b"/" + entry.name if directory else entry.name
            if not entry.is_dir(follow_symlinks=False):
                plain = entry.is_file(follow_symlinks=False) or entry.is_symlink()
                # git would wait for ever on a FIFO that is named like a rule file.
                if path not in tracked or not plain:
                    leftovers.append(path)
            elif environment.keeps(path):
                kept.append(path)
            else:
                inner, inner_kept = visit(path)
                leftovers += inner if path in folders or inner_kept else [path]
                kept += inner_kept
        return leftovers, kept

    return visit(b"")
