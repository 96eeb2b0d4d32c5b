"""``prdrunner hunks``: what differs between two trees, and the tree that some of it gives; without a run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prdrunner_tui.cli.output import say, say_json
from prdrunner_tui.cli.place import json_option, project, project_option
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.repopath import RepoPath

if TYPE_CHECKING:
    from prdrunner_tui.changes.changeset import ChangeSet
    from prdrunner_tui.changes.files import FileChange
    from prdrunner_tui.changes.selection import Selection
    from prdrunner_tui.changes.units import Item, Unit
    from prdrunner_tui.repo.reading import ReadOnlyRepo, Resolved

_SHOWN_DIGITS = 12
_FILE_LIMIT = 64 * 1024 * 1024

copies_option = click.option(
    "--copies", is_flag=True, help="Look for copies of changed files too; else a copy is an added file."
)


@click.group()
def hunks() -> None:
    """Show what differs between two trees, and build the tree that takes only some of it.

    BASE and TARGET are commits, tags or trees of any repository, which is only read: nothing in it changes and
    nothing that it configures is run.
    """


@hunks.command("list")
@click.argument("base")
@click.argument("target")
@copies_option
@json_option
@project_option
def list_hunks(base: str, target: str, copies: bool, as_json: bool, project_dir: Path | None) -> None:
    """List what TARGET changes in BASE: files, and their hunks and items with ids."""
    asyncio.run(_list(project(project_dir), base, target, copies=copies, as_json=as_json))


async def _list(place: Path, base: str, target: str, *, copies: bool, as_json: bool) -> None:
    async with _compared(place, base, target, copies=copies) as (_, ends, changes):
        if as_json:
            files = [_file(changes, number) for number in range(len(changes))]
            say_json({"base": _end(ends[0]), "target": _end(ends[1]), "files": files})
        elif not len(changes):
            say("nothing differs")
        else:
            for number in range(len(changes)):
                say("\n".join(_lines(changes, number)))


@hunks.command()
@click.argument("base")
@click.argument("target")
@click.argument("more", nargs=-1, metavar="[ID]...")
@click.option(
    "--select", "ids", multiple=True, metavar="ID", help="An id of hunks list; ID:-1,+2..4 takes lines."
)
@click.option(
    "--select-file", type=click.Path(), metavar="FILE", help='JSON {path: "all" | [ids or numbers]}.'
)
@copies_option
@project_option
def tree(
    base: str,
    target: str,
    more: tuple[str, ...],
    ids: tuple[str, ...],
    select_file: str | None,
    copies: bool,
    project_dir: Path | None,
) -> None:
    """Print the id of the tree that is BASE with only some of what TARGET changes.

    \b
    --select ID ...     hunks and items by id; six digits or more are enough
    --select-file FILE  by path (- is standard input): "all", or ids, or numbers
                        of git's hunks (git diff -M), from 1; a number takes the
                        file's rename and mode change along
    """
    if select_file is None and not ids:
        raise Problem(
            "nothing is selected", hint="--select ID ... or --select-file FILE; hunks list shows ids"
        )
    if select_file is not None and (ids or more):
        raise Problem("--select and --select-file exclude one another", hint="put the ids into the file")
    asyncio.run(_tree(project(project_dir), base, target, (*ids, *more), select_file, copies=copies))


async def _tree(
    place: Path, base: str, target: str, ids: Sequence[str], file: str | None, *, copies: bool
) -> None:
    from prdrunner_tui.repo.taking import taken_tree

    async with _compared(place, base, target, copies=copies) as (repo, ends, changes):
        selection = _selection(changes, ids, file)
        say(await taken_tree(repo.git, ends[0].tree, changes, selection, scratch=repo.git.git_dir))


def _selection(changes: ChangeSet, ids: Sequence[str], file: str | None) -> Selection:
    from prdrunner_tui.changes.choose import by_files, by_ids, read_files

    if file is None:
        return by_ids(changes, ids)
    return by_files(changes, read_files(_read(file), where="standard input" if file == "-" else file))


def _read(file: str) -> bytes:
    with sys.stdin.buffer if file == "-" else Path(file).open("rb") as stream:
        data = stream.read(_FILE_LIMIT + 1)
    if len(data) > _FILE_LIMIT:
        raise Problem("this is too large for a selection", where=file)
    return data


@asynccontextmanager
async def _compared(
    place: Path, base: str, target: str, *, copies: bool
) -> AsyncIterator[tuple[ReadOnlyRepo, tuple[Resolved, Resolved], ChangeSet]]:
    from prdrunner_tui.repo.diffs import blobs_between, read_changes
    from prdrunner_tui.repo.reading import open_for_reading

    async with open_for_reading(place) as repo:
        ends = (await repo.tree(base), await repo.tree(target))
        if repo.partial:
            await repo.require(await blobs_between(repo.git, ends[0].tree, ends[1].tree))
        changes = await read_changes(repo.git, ends[0].tree, ends[1].tree, copies=copies)
        yield repo, ends, changes


def _end(end: Resolved) -> dict[str, str]:
    return {"name": end.name, "id": end.oid, "tree": end.tree}


def _file(changes: ChangeSet, number: int) -> dict[str, Any]:
    change = changes.change(number)
    return {
        "path": RepoPath(change.path).to_json(),
        "old_path": None if change.old_path is None else RepoPath(change.old_path).to_json(),
        "status": change.status,
        "similarity": change.similarity if change.status in "RC" else None,
        "old_mode": f"{change.old_mode:06o}",
        "new_mode": f"{change.new_mode:06o}",
        "binary": change.binary,
        "added": None if change.binary else change.added,
        "removed": None if change.binary else change.removed,
        "git_hunks": changes.git_hunks(number),
        "hunks": [_unit(change, unit) for unit in changes.units(number)],
    }


def _unit(change: FileChange, unit: Unit) -> dict[str, Any]:
    from prdrunner_tui.changes.units import Hunk

    if isinstance(unit, Hunk):
        return {
            "id": unit.id,
            "kind": "text",
            "git_hunk": unit.git_hunk,
            "old_range": [unit.old_start, len(unit.removed)],
            "new_range": [unit.new_start, len(unit.added)],
            "added": len(unit.added),
            "removed": len(unit.removed),
        }
    return {
        "id": unit.id,
        "kind": unit.kind,
        "git_hunk": unit.git_hunks or None,
        "old_range": None,
        "new_range": None,
        "added": None if unit.kind == "binary" else change.added if unit.git_hunks else 0,
        "removed": None if unit.kind == "binary" else change.removed if unit.git_hunks else 0,
        "old": RepoPath(unit.old).to_json(),
        "new": RepoPath(unit.new).to_json(),
    }


def _lines(changes: ChangeSet, number: int) -> list[str]:
    from prdrunner_tui.changes.units import Hunk

    change = changes.change(number)
    path = str(RepoPath(change.path).display())
    if change.status in "RC" and change.old_path is not None:
        path = f"{RepoPath(change.old_path).display()} -> {path}"
    counted = "binary" if change.binary else f"+{change.added}/-{change.removed}"
    lines = [f"{change.status}  {path}  {counted}"]
    for unit in changes.units(number):
        if isinstance(unit, Hunk):
            place = f"@@ -{_range(unit.old_start, unit.removed)} +{_range(unit.new_start, unit.added)} @@"
            what = f"{place}  git hunk {unit.git_hunk}"
        else:
            what = _item(unit)
        lines.append(f"   {unit.id[:_SHOWN_DIGITS]}  {what}")
    return lines


def _range(start: int, lines: Sequence[bytes]) -> str:
    return f"{start}" if len(lines) == 1 else f"{start},{len(lines)}"


def _item(item: Item) -> str:
    if item.kind == "mode":
        return f"mode {item.old.decode()} -> {item.new.decode()}"
    return str(item.kind)
