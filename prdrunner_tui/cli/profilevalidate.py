"""Everything that is wrong with profiles, layer by layer, so that one mistake does not hide the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prdrunner_tui.cli.configured import Here
from prdrunner_tui.cli.profilecheck import check
from prdrunner_tui.cli.profilefacts import found_at, only_in_config, source, unknown, values_of
from prdrunner_tui.config.layers import Loaded, load
from prdrunner_tui.config.profilefiles import (
    FOLDER,
    SUFFIX,
    ConfigProblems,
    ProfileFile,
    read_folder,
    read_profile_file,
)
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.yaml import KeyPath, Value
from prdrunner_tui.workers.acp.profile import names as agents


@dataclass(slots=True)
class Report:
    """What was found in how many profiles."""

    mistakes: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    count: int = 0

    def take(self, problem: Problem) -> None:
        """Add a mistake, or all those that one error carries."""
        self.mistakes += problem.problems if isinstance(problem, ConfigProblems) else [problem]


def validate_all(place: Here) -> Report:
    """Check all profiles, those of the repository too when it is not trusted: nothing of them is run."""
    report = Report()
    both: list[tuple[Path, Loaded | None]] = []
    for config in filter(None, (place.user, place.repo)):
        loaded: Loaded | None = None
        try:
            loaded = load(config, None, trusted=True)
        except Problem as problem:
            report.take(problem)
        both.append((config, loaded))
    passed = _pass_env([loaded for _, loaded in both if loaded is not None])
    for config, loaded in both:
        if loaded is not None:
            for name in loaded.config.workers.profiles:
                _one_of(loaded, name, place, passed, report)
            continue
        for file in _readable(config):
            _look(file.values, file.document.where, place, passed, report)
    if not report.mistakes:
        merged = load(place.user, place.repo, trusted=True)
        told = (notice.partition(": ") for notice in merged.notices if "profile" in notice)
        report.warnings += [Problem(words, where=where) for where, _, words in told]
    return report


def validate_names(place: Here, names: Sequence[str]) -> Report:
    """Check the profiles of these names, and those in these files.

    Raises:
        Problem: a name that nothing has.
    """
    report = Report()
    try:
        passed = _pass_env([load(place.user, place.repo, trusted=True)])
    except Problem:
        passed = ()
    for name in names:
        if "/" in name or name.endswith((SUFFIX, ".yml")):
            _file(Path(name).absolute(), place, passed, report)
            continue
        files = found_at(place, name)
        stated = [
            c for c in (place.user, place.repo) if c is not None and only_in_config(c, name) is not None
        ]
        if not files and not stated:
            if name not in agents():
                raise unknown(place, name)
            report.count += 1
        for file in files:
            _file(file, place, passed, report)
        for config in stated:
            try:
                _one_of(load(config, None, trusted=True), name, place, passed, report)
            except Problem as problem:
                report.take(problem)
    return report


def _file(path: Path, place: Here, passed: Sequence[str], report: Report) -> None:
    try:
        read = read_profile_file(path)
    except Problem as problem:
        report.count += 1
        report.take(problem)
        return
    _look(read.values, read.document.where, place, passed, report)


def _one_of(loaded: Loaded, name: str, place: Here, passed: Sequence[str], report: Report) -> None:
    values = values_of(loaded.config.workers.profiles[name])
    _look(values, lambda path: source(loaded, name, path or ("worker",)), place, passed, report)


def _look(
    values: Mapping[str, Value],
    where: Callable[[KeyPath], str],
    place: Here,
    passed: Sequence[str],
    report: Report,
) -> None:
    found = check(values, where, place.root, passed)
    report.count += 1
    report.mistakes += found.mistakes
    report.warnings += found.warnings


def _readable(config: Path) -> Sequence[ProfileFile]:
    """The profiles of a layer that cannot be read whole; what is wrong with the others was told."""
    try:
        return read_folder(config.parent / FOLDER).profiles
    except Problem:
        return ()


def _pass_env(layers: Sequence[Loaded]) -> tuple[str, ...]:
    return tuple(name for loaded in layers for name in loaded.config.workers.pass_env)
