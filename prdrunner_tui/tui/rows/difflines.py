"""The lines of a patch, read only, with the tokens of a diff."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.tui.rows.scene import Row, Scene

_HEADS = (
    "diff --git",
    "index ",
    "--- ",
    "+++ ",
    "new file",
    "deleted file",
    "rename ",
    "similarity",
    "old mode",
)


def diff_rows(patch: Sequence[str], width: int, scene: Scene) -> list[Row]:
    """A row for each line of a patch. Keys: ``("diff", number)``."""
    rows = [Row(("diff", -1), scene.fit((), width))]
    in_head = True
    for number, line in enumerate(patch):
        in_head = line.startswith("diff --git") or (in_head and not line.startswith("@@"))
        rows.append(Row(("diff", number), scene.crop(scene.foreign(line, _token(line, in_head)), width)))
    return rows


def _token(line: str, in_head: bool) -> str:
    if in_head and line.startswith((*_HEADS, "new mode")):
        return "muted"
    if line.startswith("@@"):
        return "muted"
    return {"+": "add", "-": "remove"}.get(line[:1], "context")
