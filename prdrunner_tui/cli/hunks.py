"""``prdrunner hunks``: what differs between two trees, and the tree that some of it gives; without a run."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import say, say_json
from prdrunner_tui.cli.place import json_option, project, project_option
from prdrunner_tui.text.problem import Problem

if TYPE_CHECKING:
    from prdrunner_tui.changes.changeset import ChangeSet
    from prdrunner_tui.changes.selection import Selection
    from prdrunner_tui.repo.reading import ReadOnlyRepo, Resolved

_FILE_LIMIT = 16 * 1024 * 1024

copies_option = click.option(
    "--copies",
    is_flag=True,
    help="Look for copies of changed files too, as git diff -C does; else a copy is an added file.",
)


@click.group()
def hunks() -> None:
    """Show what differs between two trees, and build the tree that takes only some of it.

    BASE and TARGET are commits, tags or trees of any repository, which is only read: nothing in it changes and
    nothing that it configures is run.
    """


@hunks.command("list", short_help="List files, hunks and items with their ids.")
@click.argument("base")
@click.argument("target", required=False, default="")
@copies_option
@json_option
@project_option
def list_hunks(base: str, target: str, copies: bool, as_json: bool, project_dir: Path | None) -> None:
    """List what TARGET changes in BASE: files, and their hunks and items with ids."""
    in_loop(_list(project(project_dir), base, target, copies=copies, as_json=as_json))


async def _list(place: Path, base: str, target: str, *, copies: bool, as_json: bool) -> None:
    from prdrunner_tui.cli.hunkwords import file_json, file_lines

    async with _compared(place, base, target, copies=copies) as (_, ends, changes):
        if as_json:
            files = [file_json(changes, number) for number in range(len(changes))]
            say_json({"base": _end(ends[0]), "target": _end(ends[1]), "files": files})
            return
        if not len(changes):
            say(_nothing(ends))
        for number in range(len(changes)):
            say("\n".join(file_lines(changes, number)))


@hunks.command(short_help="Show the lines of hunks, as a selection names them.")
@click.argument("base")
@click.argument("target")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@copies_option
@project_option
def show(base: str, target: str, ids: tuple[str, ...], copies: bool, project_dir: Path | None) -> None:
    """Show the lines of hunks, all by default, in the order in which they stand when some are taken.

    In front of each line stands how a selection names it: ID:-1,+2..4 takes the first removed and the second to
    fourth added line of a hunk.
    """
    in_loop(_show(project(project_dir), base, target, ids, copies=copies))


async def _show(place: Path, base: str, target: str, ids: Sequence[str], *, copies: bool) -> None:
    from prdrunner_tui.changes.choose import by_ids
    from prdrunner_tui.cli.hunkwords import file_patch

    async with _compared(place, base, target, copies=copies) as (_, ends, changes):
        if not len(changes):
            say(_nothing(ends))
        named = by_ids(changes, ids) if ids else None
        for number in range(len(changes)):
            units = {unit.id for unit in changes.units(number)}
            wanted = units if named is None else units & (named.units | named.lines.keys())
            if wanted:
                say("\n".join(file_patch(changes, number, wanted)))


@hunks.command(short_help="Print the id of the tree that takes only some of it.")
@click.argument("base")
@click.argument("target")
@click.argument("more", nargs=-1, metavar="[ID]...")
@click.option(
    "--select", "ids", multiple=True, metavar="ID", help="An id; ID:-1,+2..4 takes lines of a hunk."
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

    The id is what git would give the tree; the tree itself is not kept.
    """
    ids = (*ids, *more)
    if select_file is None and not ids:
        raise Problem(
            "nothing is selected",
            hint="--select ID ... or --select-file FILE; prdrunner hunks list BASE TARGET shows ids",
        )
    if select_file is not None and ids:
        raise Problem("--select and --select-file exclude one another", hint="put the ids into the file")
    in_loop(_tree(project(project_dir), base, target, ids, select_file, copies=copies))


async def _tree(
    place: Path, base: str, target: str, ids: Sequence[str], file: str | None, *, copies: bool
) -> None:
    from prdrunner_tui.repo.taking import taken_tree

    async with _compared(place, base, target, copies=copies) as (repo, ends, changes):
        selection = _selection(changes, ids, file)
        made = await taken_tree(repo.git, ends[0].tree, changes, selection, scratch=repo.git.git_dir)
        if made != ends[1].tree and selection.is_everything(changes):
            raise Problem(
                f"all of it is taken and yet the result, {made[:12]}, is not TARGET",
                hint="one of the trees is stored in a way that git no longer writes; git fsck tells which",
                code=5,
            )
        say(made)


def _selection(changes: ChangeSet, ids: Sequence[str], file: str | None) -> Selection:
    from prdrunner_tui.changes.choose import by_files, by_ids, read_files

    if file is None:
        return by_ids(changes, ids)
    where = "standard input" if file == "-" else file
    chosen = read_files(_read(file), where=where)
    try:
        return by_files(changes, chosen)
    except Problem as problem:
        raise Problem(problem.message, where=where, hint=problem.hint, code=problem.code) from None


def _read(file: str) -> bytes:
    if file == "-" and sys.stdin is None:
        raise Problem("standard input is closed", hint="--select-file FILE reads a file")
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as stream:
            data = stream.read(_FILE_LIMIT + 1)
    except OSError as error:
        raise Problem(
            f"this cannot be read: {(error.strerror or str(error)).lower()}", where=file, code=1
        ) from None
    if len(data) > _FILE_LIMIT:
        raise Problem(f"this is too large for a selection, over {_FILE_LIMIT >> 20} MB", where=file)
    return data


@asynccontextmanager
async def _compared(
    place: Path, base: str, target: str, *, copies: bool
) -> AsyncIterator[tuple[ReadOnlyRepo, tuple[Resolved, Resolved], ChangeSet]]:
    from prdrunner_tui.repo.diffs import blobs_between, read_changes
    from prdrunner_tui.repo.git import GitError
    from prdrunner_tui.repo.reading import open_for_reading

    if not target:
        first, _, second = base.partition("..")
        names = f"{first} {second.strip('.')}" if first and second.strip(".") else "BASE TARGET"
        raise Problem(f"what is {base[:60]} compared with?", hint=f"prdrunner hunks list {names}")
    async with open_for_reading(place) as repo:
        ends = (await repo.tree(base), await repo.tree(target))
        if repo.partial:
            await repo.require(await blobs_between(repo.git, ends[0].tree, ends[1].tree))
        try:
            changes = await read_changes(repo.git, ends[0].tree, ends[1].tree, copies=copies)
            yield repo, ends, changes
        except GitError as error:
            raise Problem(
                error.message, where=str(place), hint="git fsck tells what is damaged", code=1
            ) from None


def _end(end: Resolved) -> dict[str, str]:
    return {"name": end.name, "id": end.oid, "tree": end.tree}


def _nothing(ends: tuple[Resolved, Resolved]) -> str:
    if ends[0].tree == ends[1].tree:
        return "nothing differs"
    return "no file differs; the trees are stored in different ways (old modes, empty directories)"
