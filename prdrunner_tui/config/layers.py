"""Layers of configuration: the user's file, the repository's, the options of one run.

A layer is a ``config.yaml`` and the ``profiles/`` beside it. What a repository says is a stranger's word until the
person has trusted it: only what makes a run stricter is then taken, every other key is left out with a notice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from prdrunner_tui.config.errors import to_problems
from prdrunner_tui.config.files import read_text_file
from prdrunner_tui.config.gates import GATES
from prdrunner_tui.config.models import Config
from prdrunner_tui.config.permissions import grows, widening
from prdrunner_tui.config.profilefiles import (
    FOLDER,
    Broken,
    ConfigProblems,
    as_tuples,
    broken_ones,
    names_in,
    read_folder,
    shipped_agents,
    with_files,
)
from prdrunner_tui.config.sandbox import loosening
from prdrunner_tui.config.shapes import Layer, read_layer
from prdrunner_tui.text.places import config_dir
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import KeyPath, Value

REPO_FILE = Path(".prd_runner/config.yaml")
"""The repository's configuration, below its root."""

_TIGHTENING = ("approval_gates", "breakpoints", "redact", "permissions", "sandbox")
"""The only parts that are looked at in a repository that is not trusted."""

_UNTRUSTED = "the repository is not trusted; see prdrunner trust --show"

_SHOWN = ("message", "show_diff", "show_plan", "show_tests", "show_review", "show_issues")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The configuration of a run."""

    config: Config
    notices: tuple[str, ...] = ()
    """One line each: what was left out or is understood differently than one may think."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """For each key that is not at its default (``verify.slots``), ``file:line:column`` or ``option``."""
    broken: tuple[Broken, ...] = ()
    """The profiles that were left out because their files cannot be used."""


def user_file(environ: Mapping[str, str] | None = None) -> Path:
    """``$XDG_CONFIG_HOME/prdrunner/config.yaml``, else below ``~/.config``."""
    return config_dir(environ) / "config.yaml"


def load(
    user: Path | None,
    repo: Path | None,
    overrides: Mapping[str, Value] | None = None,
    *,
    trusted: bool,
    without_broken: bool = False,
) -> Loaded:
    """Read and merge the layers.

    Mappings merge key by key, but a profile replaces one of another worker; `redact`, and what `permissions` ask or
    deny, grow; everything else is replaced. What the repository's file allows agents is left out, trusted or not.

    Args:
        user: the user's file, which need not exist; None for none.
        repo: the repository's file, likewise.
        overrides: options of the run by dotted key, for example ``{"verify.slots": 2}``.
        trusted: whether the person has trusted the repository's ``.prd_runner``.
        without_broken: leave out the profiles whose files cannot be used, and name them: for who only looks.

    Raises:
        ConfigProblems: anything wrong in one of the files or in the merged result, each with its place.
    """
    merged = _Merged()
    broken: list[Broken] | None = [] if without_broken else None
    for path, is_repo in ((user, False), (repo, True)):
        layer = _read(path, counts=trusted or not is_repo, broken=broken)
        if layer is None:
            continue
        if is_repo and not trusted:
            _leave_out(layer)
        if is_repo:
            for allowing in list(widening(layer.values.get("permissions"))):
                _drop(
                    layer, ("permissions", *allowing), "a repository allows agents nothing; your own file may"
                )
            _keep_allowances_apart(layer, merged)
            for looser in list(loosening(merged.values.get("sandbox"), layer.values.get("sandbox"))):
                _drop(layer, ("sandbox", *looser), "a repository can only make the sandbox stricter")
        merged.add(layer)
    for key, value in (overrides or {}).items():
        merged.set(tuple(key.split(".")), value)
    config = _validate(merged.values, merged.where)
    merged.notices += _without_profile(config, merged)
    return Loaded(config, tuple(merged.notices), merged.sources(), tuple(broken or ()))


def _read(path: Path | None, *, counts: bool, broken: list[Broken] | None) -> Layer | None:
    """One layer, checked. Where it does not `count`, the files of its profiles are only named.

    Files of profiles that cannot be used go into `broken` where that is a list; else they are mistakes.
    """
    if path is None:
        return None
    data = read_text_file(path)
    folder = path.parent / FOLDER
    listed = names_in(folder)
    if data is None and not folder.is_dir():
        return None
    layer = read_layer(data or b"", name=str(one_line(os.fsencode(path), 300)))
    if not counts:
        _validate(layer.values, layer.where)
        if listed:
            shown = ", ".join(one_line(name, 64) for name in listed[:5]) + (" ..." if len(listed) > 5 else "")
            where = one_line(os.fsencode(folder), 300)
            layer.notices.append(f"{where}: the profiles in it are not taken ({shown}), {_UNTRUSTED}")
        return layer
    made, problems = with_files(layer, read_folder(folder))
    if broken is not None:
        broken += broken_ones(problems)
        problems = []
    try:
        _validate(made.values, made.where)
    except ConfigProblems as several:
        problems = [*several.problems, *problems]
    if problems:
        raise ConfigProblems(problems)
    return made


def _validate(values: dict[str, Value], where: Any) -> Config:
    try:
        return Config.model_validate(as_tuples(values))
    except ValidationError as error:
        raise ConfigProblems(to_problems(error, Config, where)) from error


def _keep_allowances_apart(layer: Layer, merged: _Merged) -> None:
    """Take back what the person allows the agents of a profile, where the repository has a say in that profile.

    Whoever redefines a profile runs another program under its name. And the kinds of an agent's own permission options
    decide what a refusal or an allowance of the person is answered with: of them a repository may only hide some.
    """
    workers = layer.values.get("workers")
    profiles = workers.get("profiles") if isinstance(workers, dict) else None
    for name, profile in dict(profiles).items() if isinstance(profiles, dict) else ():
        kinds = profile.get("permissions") if isinstance(profile, dict) else None
        for option, kind in dict(kinds).items() if isinstance(kinds, dict) else ():
            if kind != "hide":
                path = ("workers", "profiles", name, "permissions", option)
                _drop(layer, path, "a repository can only hide an agent's options")
        mine = merged.values.get("permissions")
        rules = mine.get("profiles") if isinstance(mine, dict) else None
        own = rules.get(name) if isinstance(rules, dict) else None
        for allowing in list(widening(own)):
            where = layer.where(("workers", "profiles", name), key=True)
            known: KeyPath = ("permissions", "profiles", name, *allowing)
            merged.take_back(known, f"the repository has a say in that profile, {where}")


def _without_profile(config: Config, merged: _Merged) -> list[str]:
    """A line for each name under ``permissions.profiles`` that no profile and no agent that comes along has."""
    known = {*config.workers.profiles, *shipped_agents()}
    lines = []
    for name in config.permissions.profiles:
        if name not in known:
            hint = did_you_mean(name, known)
            where = merged.below(("permissions", "profiles", name))
            line = f"{where}: there is no profile {name}, so these permissions are nobody's"
            lines.append(f"{line}; {hint}" if hint else line)
    return lines


class _Merged:
    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.places: dict[KeyPath, str] = {}
        self.notices: list[str] = []

    def add(self, layer: Layer) -> None:
        self.notices += layer.notices
        self.merge(self.values, layer.values, (), layer)

    def merge(self, into: dict[str, Value], values: dict[str, Value], path: KeyPath, layer: Layer) -> None:
        for key, value in values.items():
            below = (*path, key)
            present = into.get(key)
            if isinstance(value, dict):
                if below[:2] == ("workers", "profiles") and len(below) == 3 and _another(present, value):
                    self.forget(below)
                    present = None
                inner: dict[str, Value] = dict(present) if isinstance(present, dict) else {}
                into[key] = inner
                self.merge(inner, value, below, layer)
            elif (
                (below == ("redact",) or grows(below))
                and isinstance(value, list)
                and isinstance(present, list)
            ):
                into[key] = [*present, *(name for name in value if name not in present)]
                self.places[below] = layer.where(below)
            else:
                into[key] = value
                self.places[below] = layer.where(below)

    def set(self, path: KeyPath, value: Value) -> None:
        at = self.values
        for part in path[:-1]:
            inner = at.get(str(part))
            copied: dict[str, Value] = dict(inner) if isinstance(inner, dict) else {}
            at[str(part)] = copied
            at = copied
        at[str(path[-1])] = value
        self.places[path] = "option"

    def take_back(self, path: KeyPath, why: str) -> None:
        """Remove a value that an earlier layer gave, with a notice."""
        where = self.where(path)
        self.values = _copied(self.values, path[:-1])
        _at(self.values, path[:-1]).pop(path[-1])
        self.forget(path)
        self.notices.append(f"{where}: {'.'.join(map(str, path))} is not taken, {why}")

    def forget(self, path: KeyPath) -> None:
        """Forget the places of all values at and below a path."""
        for known in [known for known in self.places if known[: len(path)] == path]:
            del self.places[known]

    def where(self, path: KeyPath, *, key: bool = False) -> str:
        while path:
            if path in self.places:
                return self.places[path]
            path = path[:-1]
        return "option" if not key else "configuration"

    def below(self, path: KeyPath) -> str:
        """The place of the first value at or below a path."""
        found = (place for known, place in self.places.items() if known[: len(path)] == path)
        return next(found, self.where(path))

    def sources(self) -> dict[str, str]:
        return {".".join(map(str, path)): place for path, place in self.places.items()}


def _another(present: Value, profile: dict[str, Value]) -> bool:
    """Whether a profile takes the place of one of another worker, whose options mean nothing to it."""
    return isinstance(present, dict) and present.get("worker") != profile.get("worker")


def _leave_out(layer: Layer) -> None:
    """Keep of a stranger's layer only what makes a run stricter; each other key is dropped with a notice."""
    for root in [root for root in layer.values if root not in _TIGHTENING]:
        _drop(layer, (root,))
    breakpoints = layer.values.get("breakpoints")
    for key, value in dict(breakpoints).items() if isinstance(breakpoints, dict) else ():
        if value is not True:
            _drop(layer, ("breakpoints", key))
    gates = layer.values.get("approval_gates")
    if not isinstance(gates, dict):
        return
    if gates.get("enabled") is False:
        _drop(layer, ("approval_gates", "enabled"))
    by_name = gates.get("gates")
    for name in GATES if isinstance(by_name, dict) else ():
        gate = by_name.get(name) if isinstance(by_name, dict) else None
        if not isinstance(gate, dict):
            continue
        for key, value in list(gate.items()):
            stricter = key in ("enabled", "required") and value is True
            if not stricter and key not in _SHOWN:
                _drop(layer, ("approval_gates", "gates", name, key))


def _drop(layer: Layer, path: KeyPath, why: str = _UNTRUSTED) -> None:
    where = layer.where(path, key=True)
    layer.values = _copied(layer.values, path[:-1])
    _at(layer.values, path[:-1]).pop(path[-1])
    dotted = ".".join(map(str, path))
    layer.notices.append(f"{where}: {dotted} is not taken, {why}")


def _copied(values: dict[str, Value], path: KeyPath) -> dict[str, Value]:
    """The values with the mappings along a path as copies, so that they can be changed."""
    made = dict(values)
    at = made
    for part in path:
        inner: Any = at[str(part)]
        at[str(part)] = at = dict(inner)
    return made


def _at(values: dict[str, Value], path: KeyPath) -> Any:
    at: Any = values
    for part in path:
        at = at[part]
    return at
