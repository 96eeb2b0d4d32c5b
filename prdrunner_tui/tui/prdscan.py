"""Looking for PRDs: the markdown files of a repository in which features are found."""

from __future__ import annotations

import os
import time
from pathlib import Path

from prdrunner_tui.config.files import read_text_file
from prdrunner_tui.prd import Spec, check_prd
from prdrunner_tui.repo.git import run_as_user
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.tui.rows.start import Found, PrdFile

MOST_FILES = 400
MOST_BYTES = 1_000_000
"""Of one file; a larger one is named without being read."""
MOST_SECONDS = 5.0
_LARGE = "too large to look at here"
_PATTERNS = (":(icase)*.md", ":(icase)*.markdown")


async def find_prds(root: Path) -> Found:
    """The PRDs below ``root``, newest first; ignored files and hidden folders are left out.

    A file counts as a PRD when a feature in it is marked as one or has acceptance criteria; where no file does,
    those in whose sections features are guessed count.

    Raises:
        Problem: git cannot list the files.
    """
    listed = await run_as_user(
        ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *_PATTERNS],
        cwd=root,
    )
    if listed.code:
        raise Problem("git cannot list the files here", where=str(root), hint="prdrunner doctor", code=1)
    return look_into(root, [os.fsdecode(name) for name in listed.records])


def look_into(root: Path, names: list[str]) -> Found:
    """The PRDs among files, given by their paths from ``root``; bounded in number, size and time."""
    until = time.monotonic() + MOST_SECONDS
    visible = [name for name in names if not any(part.startswith(".") for part in name.split("/"))]
    # Those near the top are the likelier ones where not all can be read.
    visible.sort(key=lambda name: (name.count("/"), name))
    sure: list[PrdFile] = []
    guessed: list[PrdFile] = []
    others = looked = 0
    for name in visible[:MOST_FILES]:
        if time.monotonic() > until:
            break
        looked += 1
        found, is_sure = _prd(root, name)
        if found is None:
            others += 1
        else:
            (sure if is_sure else guessed).append(found)
    prds = sure or guessed
    others += len(guessed) if sure else 0
    return Found(sorted(prds, key=lambda prd: -prd.changed), others, cut=looked < len(visible))


def _prd(root: Path, name: str) -> tuple[PrdFile | None, bool]:
    """A file as a PRD, and whether it surely is one."""
    path = root / name
    try:
        if path.is_symlink() or not path.is_file():
            return None, False
        status = path.stat()
        if status.st_size > MOST_BYTES:
            return PrdFile(name, 0, 0, status.st_mtime, _LARGE), False
        data = read_text_file(path, MOST_BYTES)
    except (OSError, Problem):
        return None, False
    checked = check_prd(data or b"", name=str(one_line(os.fsencode(name), 300)))
    spec = checked.spec
    if spec is None:
        return None, False
    criteria = sum(len(feature.criteria) for feature in spec.features)
    wrong = checked.problems[0].message if checked.problems else ""
    return PrdFile(name, len(spec.features), criteria, status.st_mtime, wrong), _sure(spec)


def _sure(spec: Spec) -> bool:
    return any(feature.criteria or not feature.guessed for feature in spec.features)
