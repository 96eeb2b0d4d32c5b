"""Finding the user's repository and refusing, with one line, what is not supported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.repo.git import GitResult, require_version, run_as_user
from prdrunner_tui.repo.locate import repo_id
from prdrunner_tui.text.problem import Problem

IN_PROGRESS: tuple[tuple[str, str], ...] = (
    ("MERGE_HEAD", "a merge"),
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("BISECT_LOG", "a bisect"),
)
"""Files of a git directory that tell of an operation which is not finished, and its name."""


@dataclass(frozen=True, slots=True)
class Repo:
    """The user's repository, as found; nothing in it is ever changed except by publishing.

    Attributes:
        root: the work tree.
        git_dir: the git directory of this work tree.
        common_dir: the git directory that all linked work trees share.
        repo_id: 16 hex digits, the same for every path and linked work tree of one repository.
        head_commit: the commit that HEAD names.
        head_branch: the branch's full ref name, or None when detached.
        object_format: ``sha1`` or ``sha256``.
        shallow: the history is cut; the copy is cut at the same place.
        config: the user's effective configuration as values, keys as git prints them, later values last.
        notes: things a person should know that stop nothing, one line each.
    """

    root: Path
    git_dir: Path
    common_dir: Path
    repo_id: str
    head_commit: str
    head_branch: str | None
    object_format: str
    shallow: bool
    config: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    @property
    def objects(self) -> Path:
        """The user's object directory."""
        return self.common_dir / "objects"

    def value(self, key: str) -> str | None:
        """The last value of a configuration key in lower case, or None."""
        values = self.config.get(key)
        return values[-1] if values else None

    def flag(self, key: str) -> bool:
        """A configuration key as git reads a boolean."""
        value = self.value(key)
        return value is not None and value.lower() not in ("", "false", "no", "off", "0")


async def discover(path: Path | None = None) -> Repo:
    """Finds the repository that holds ``path`` (the working directory by default).

    Runs ``rev-parse``, ``symbolic-ref`` and ``config`` only, which execute nothing that a repository configures.
    Smudged LFS files are looked for by `lfs.refuse_smudged`, which needs the trusted store.

    Raises:
        Problem: there is no usable repository here; one line says why and what to do.
    """
    start = starting_directory(path)
    await require_version()
    root, git_dir, common_dir = await _places(start)
    where = str(root)
    config = _parse_config(await run_as_user(["config", "--list", "-z", "--includes"], cwd=root))
    await _refuse_unsupported(root, common_dir, config)
    head = await run_as_user(["rev-parse", "--verify", "-q", "HEAD^{commit}"], cwd=root)
    if head.code != 0:
        raise Problem(
            "the repository has no commit yet", where=where, hint="make a first commit, then run again"
        )
    branch = await run_as_user(["symbolic-ref", "-q", "HEAD"], cwd=root)
    shallow = (common_dir / "shallow").exists()
    return Repo(
        root=root,
        git_dir=git_dir,
        common_dir=common_dir,
        repo_id=repo_id(common_dir),
        head_commit=head.line,
        head_branch=branch.line if branch.code == 0 else None,
        object_format=(config.get("extensions.objectformat") or ("sha1",))[-1],
        shallow=shallow,
        config=config,
        notes=_notes(git_dir, common_dir, config, detached=branch.code != 0, shallow=shallow),
    )


def starting_directory(path: Path | None = None) -> Path:
    """The absolute directory to search from, the working directory by default. Raises Problem if it is gone."""
    try:
        start = (path or Path.cwd()).absolute()
    except FileNotFoundError as error:
        raise Problem("the working directory no longer exists", hint="cd to a directory that does") from error
    if not start.is_dir():
        raise Problem("no such directory", where=str(start))
    return start


async def _places(start: Path) -> tuple[Path, Path, Path]:
    said = await run_as_user(
        ["rev-parse", "--path-format=absolute", "--is-bare-repository", "--git-dir", "--git-common-dir"],
        cwd=start,
    )
    if said.code != 0:
        raise not_found(start, said)
    bare, _, rest = os.fsdecode(said.stdout).partition("\n")
    found = rest.removesuffix("\n").split("\n")
    # str.splitlines would split at U+2028 and its like, which are ordinary in names.
    if len(found) != 2:
        raise Problem(
            "a directory above or in this repository has a newline in its name",
            where=repr(str(start)),
            hint="rename it; git cannot be asked about it safely",
        )
    git_dir, common_dir = found
    if bare == "true":
        raise Problem("this is a bare repository", where=git_dir, hint="run in a clone that has a work tree")
    top = await run_as_user(["rev-parse", "--path-format=absolute", "--show-toplevel"], cwd=start)
    if top.code != 0:
        raise Problem("this is inside a git directory", where=str(start), hint="run in the work tree")
    root = Path(os.fsdecode(top.stdout.removesuffix(b"\n")))
    return root, Path(git_dir), Path(common_dir)


def not_found(start: Path, said: GitResult) -> Problem:
    """Why git found no repository from ``start`` on, told from what a failed ``rev-parse`` said."""
    text = said.stderr.decode("utf-8", "replace")
    where = str(start)
    if "dubious ownership" in text:
        return Problem(
            "the repository belongs to another user",
            where=where,
            hint="run as its owner, or git config --global --add safe.directory PATH if you trust it",
        )
    if "not a git repository" in text:
        return Problem("not a git repository", where=where, hint="cd into one, or git init and make a commit")
    first = text.strip().splitlines()[0].removeprefix("fatal: ") if text.strip() else f"git exit {said.code}"
    return Problem(f"git cannot read the repository: {first}", where=where)


def _parse_config(said: GitResult) -> dict[str, tuple[str, ...]]:
    values: dict[str, tuple[str, ...]] = {}
    for record in said.records:
        key, equals, value = record.decode("utf-8", "surrogateescape").partition("\n")
        # A key without a value means true.
        values[key] = (*values.get(key, ()), value if equals else "true")
    return values


async def _refuse_unsupported(root: Path, common_dir: Path, config: Mapping[str, tuple[str, ...]]) -> None:
    where = str(root)
    promisors = [key for key in config if key.startswith("remote.") and key.endswith(".promisor")]
    packs = common_dir / "objects" / "pack"
    if "extensions.partialclone" in config or promisors or any(packs.glob("*.promisor")):
        raise Problem(
            "partial clones are not supported yet: objects are missing here",
            where=where,
            hint="use a full clone (git clone without --filter)",
        )
    if _alternates(common_dir):
        raise Problem(
            "repositories that borrow objects (objects/info/alternates) are not supported yet",
            where=where,
            hint="git repack -a -d && rm .git/objects/info/alternates",
        )
    references = (config.get("extensions.refstorage") or ("files",))[-1]
    if references != "files":
        raise Problem(f"ref storage {references!r} is not supported yet", where=where)


def _alternates(common_dir: Path) -> bool:
    try:
        text = (common_dir / "objects" / "info" / "alternates").read_bytes()
    except OSError:
        return False
    return any(line.strip() and not line.startswith(b"#") for line in text.splitlines())


def _notes(
    git_dir: Path,
    common_dir: Path,
    config: Mapping[str, tuple[str, ...]],
    *,
    detached: bool,
    shallow: bool,
) -> tuple[str, ...]:
    notes = []
    for name, operation in IN_PROGRESS:
        if (git_dir / name).exists():
            notes.append(f"{operation} is in progress in your checkout; the run starts from HEAD")
    if detached:
        notes.append("HEAD is detached; the run starts from its commit")
    if git_dir != common_dir:
        notes.append("this is a linked work tree; runs are shared with the main one")
    if shallow:
        notes.append("the history is shallow; agents see as much of it as you do")
    if (config.get("core.sparsecheckout") or ("false",))[-1] == "true":
        notes.append("your checkout is sparse; workspaces hold all files")
    if any(key.startswith("submodule.") for key in config):
        notes.append("submodules stay empty in workspaces and unchanged in commits")
    filters = sorted(
        {key.split(".")[1] for key in config if key.startswith("filter.") and key.count(".") >= 2}
    )
    if [name for name in filters if name != "lfs"]:
        names = ", ".join(name for name in filters if name != "lfs")
        notes.append(f"filters are not run: {names}; files are stored unfiltered")
    return tuple(dict.fromkeys(notes))
