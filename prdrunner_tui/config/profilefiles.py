"""Worker profiles that are files of their own: ``profiles/NAME.yaml`` beside a ``config.yaml``.

One file is one mapping, the same that would stand under ``workers.profiles.NAME``. A file and an entry of the
``config.yaml`` beside it may not have the same name: nobody could say which of them counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from prdrunner_tui.config.base import Name
from prdrunner_tui.config.errors import to_problems
from prdrunner_tui.config.files import read_text_file
from prdrunner_tui.config.running import Profile
from prdrunner_tui.config.shapes import Layer
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.yaml import Document, KeyPath, Value, read_yaml

FOLDER = "profiles"
SUFFIX = ".yaml"
MOST = 500
"""Profiles of one folder."""

_AT: KeyPath = ("workers", "profiles")
_POSITION = re.compile(r":\d+:\d+\Z")
_SHIPPED = Path(__file__).parent.parent / "workers" / "acp" / "profiles"


class ConfigProblems(Problem):
    """Everything that is wrong with a configuration; itself the first of `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.message, where=first.where, hint=first.hint, code=first.code)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """One profile as it stands in its file."""

    name: str
    path: Path
    document: Document
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder of profiles holds; no mistake in one file hides the others."""

    profiles: tuple[ProfileFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A profile whose file cannot be used, with the first mistake in it."""

    name: str
    problem: Problem


@dataclass
class LayerWithFiles(Layer):
    """A layer whose profiles may stand in files of their own."""

    files: Mapping[str, Document] = field(default_factory=dict)

    def where(self, path: KeyPath, *, key: bool = False) -> str:
        """``file:line:column`` of a path in the models' shape."""
        if path[:2] == _AT and len(path) > 2 and path[2] in self.files:
            return self.files[str(path[2])].where(path[3:], key=key)
        return super().where(path, key=key)


def shipped_agents() -> frozenset[str]:
    """The names of the agent profiles that come along: known from their files, so that no adapter is imported."""
    return frozenset(path.stem for path in _SHIPPED.glob(f"*{SUFFIX}"))


def profile_file(config: Path, name: str) -> Path:
    """The file of a profile beside a ``config.yaml``. Raises Problem for a name that cannot be one."""
    check_name(name)
    return config.parent / FOLDER / f"{name}{SUFFIX}"


def broken_ones(problems: Sequence[Problem]) -> list[Broken]:
    """The profiles whose files these mistakes stand in, each with its first one."""
    found: dict[str, Broken] = {}
    for problem in problems:
        file = _POSITION.sub("", problem.where)
        found.setdefault(file, Broken(Path(file).name.removesuffix(SUFFIX), problem))
    return list(found.values())


def check_name(name: str, where: str = "") -> None:
    """See that a profile can have this name. Raises Problem."""
    try:
        _names().validate_python(name)
    except ValidationError:
        hint = "letters, digits and _ . - are allowed, at most 64, the first no sign"
        words = f"'{one_line(name, 60)}' cannot be the name of a profile"
        raise Problem(words, where=where, hint=hint) from None


def names_in(folder: Path) -> list[str]:
    """The names of the profiles in a folder, sorted, without reading one."""
    return sorted(name.removesuffix(SUFFIX) for name in _listed(folder) if name.endswith(SUFFIX))


def read_folder(folder: Path) -> Folder:
    """All profiles of a folder, sorted by name; an empty folder where there is none.

    Raises:
        Problem: the folder cannot be listed, or holds too many files.
    """
    profiles: list[ProfileFile] = []
    problems: list[Problem] = []
    notices: list[str] = []
    for name in _listed(folder):
        path = folder / name
        if name.endswith(".yml"):
            notices.append(f"{_shown(path)}: is not read, the file of a profile is named NAME{SUFFIX}")
        elif name.endswith(SUFFIX):
            try:
                profiles.append(read_profile_file(path))
            except ConfigProblems as several:
                problems += several.problems
            except Problem as problem:
                problems.append(problem)
    return Folder(tuple(profiles), tuple(problems), tuple(notices))


def read_profile_file(path: Path) -> ProfileFile:
    """The profile of one file.

    Raises:
        Problem: it is not there, is none, or has a name that no profile can have; with file:line:column.
        ConfigProblems: keys or values that are not right.
    """
    data = read_text_file(path)
    if data is None:
        raise Problem("no such file", where=_shown(path), hint="prdrunner profiles list shows what there is")
    return parse_profile(data, path)


def parse_profile(data: bytes, path: Path) -> ProfileFile:
    """The profile in the bytes of a file that is, or will be, at `path`. Raises as :func:`read_profile_file`."""
    shown = _shown(path)
    name = path.name.removesuffix(SUFFIX)
    check_name(name, shown)
    document = read_yaml(data, name=shown)
    if not isinstance(document.value, dict):
        hint = "write 'worker: acp' and 'profile: NAME', one key a line"
        raise Problem("a profile is keys and values", where=document.where(()), hint=hint)
    problems = model_problems(document.value, document.where)
    if problems:
        raise ConfigProblems(problems)
    return ProfileFile(name, path, document, document.value)


def model_problems(values: Mapping[str, Value], where: Callable[..., str]) -> list[Problem]:
    """What is wrong with the keys and values of a profile; ``where(path, key=False)`` gives the place of each."""
    try:
        Profile.model_validate(as_tuples(values))
    except ValidationError as error:
        return to_problems(error, Profile, where)
    return []


def as_tuples(value: object) -> object:
    """YAML's lists as the tuples of the frozen models."""
    if isinstance(value, Mapping):
        return {key: as_tuples(inner) for key, inner in value.items()}
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value


def with_files(layer: Layer, folder: Folder) -> tuple[LayerWithFiles, list[Problem]]:
    """The layer with the profiles of the folder beside it, and what is wrong with that folder."""
    problems = list(folder.problems)
    workers = layer.values.get("workers")
    block: dict[str, Value] = dict(workers) if isinstance(workers, dict) else {}
    listed = block.get("profiles")
    profiles: dict[str, Value] = dict(listed) if isinstance(listed, dict) else {}
    taken: dict[str, Document] = {}
    for one in folder.profiles:
        if one.name in profiles:
            at = layer.where((*_AT, one.name), key=True)
            hint = "keep one of them"
            problems.append(
                Problem(f"the profile {one.name} stands in {at} too", where=one.document.where(()), hint=hint)
            )
            continue
        profiles[one.name] = dict(one.values)
        taken[one.name] = one.document
    values = dict(layer.values)
    well_formed = workers is None or (
        isinstance(workers, dict) and (listed is None or isinstance(listed, dict))
    )
    if taken and well_formed:
        values["workers"] = {**block, "profiles": profiles}
    notices = [*layer.notices, *folder.notices]
    return LayerWithFiles(layer.document, values, layer.moved, notices, taken), problems


@cache
def _names() -> TypeAdapter[str]:
    return TypeAdapter(Name)


def _listed(folder: Path) -> Iterator[str]:
    """The names of what may be a profile's file, sorted; hidden files are nobody's profile."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except FileNotFoundError:
        return
    except OSError as error:
        hint = "it is the folder of the profiles; mend or remove it"
        raise Problem(f"cannot be read: {error.strerror}", where=_shown(folder), hint=hint) from None
    if len(names) > MOST:
        raise Problem(f"more than {MOST} files", where=_shown(folder), hint="remove some")
    yield from names


def _shown(path: Path) -> str:
    return str(one_line(os.fsencode(path), 300))
