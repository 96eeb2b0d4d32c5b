"""Layers of configuration: the user's file, the repository's, the options of one run.

What a repository says is a stranger's word until the person has trusted it: only what makes a run stricter is then
taken, every other key is left out with a notice.
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
from prdrunner_tui.config.shapes import Layer, read_layer
from prdrunner_tui.text.places import config_dir
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.yaml import KeyPath, Value

REPO_FILE = Path(".prd_runner/config.yaml")
"""The repository's configuration, below its root."""

_TIGHTENING = ("approval_gates", "breakpoints", "redact", "permissions")
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


class ConfigProblems(Problem):
    """Everything that is wrong with the configuration; itself the first of `problems`."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(first.message, where=first.where, hint=first.hint, code=first.code)
        self.problems = tuple(problems)


def user_file(environ: Mapping[str, str] | None = None) -> Path:
    """``$XDG_CONFIG_HOME/prdrunner/config.yaml``, else below ``~/.config``."""
    return config_dir(environ) / "config.yaml"


def load(
    user: Path | None, repo: Path | None, overrides: Mapping[str, Value] | None = None, *, trusted: bool
) -> Loaded:
    """Read and merge the layers.

    Mappings merge key by key; `redact`, and what `permissions` ask or deny, grow; everything else is replaced. What
    the repository's file allows agents is left out, trusted or not.

    Args:
        user: the user's file, which need not exist; None for none.
        repo: the repository's file, likewise.
        overrides: options of the run by dotted key, for example ``{"verify.slots": 2}``.
        trusted: whether the person has trusted the repository's ``.prd_runner``.

    Raises:
        ConfigProblems: anything wrong in one of the files or in the merged result, each with its place.
    """
    merged = _Merged()
    for path, is_repo in ((user, False), (repo, True)):
        layer = _read(path)
        if layer is None:
            continue
        _validate(layer.values, layer.where)
        if is_repo and not trusted:
            _leave_out(layer)
        if is_repo:
            for allowing in list(widening(layer.values.get("permissions"))):
                _drop(
                    layer, ("permissions", *allowing), "a repository allows agents nothing; your own file may"
                )
        merged.add(layer)
    for key, value in (overrides or {}).items():
        merged.set(tuple(key.split(".")), value)
    config = _validate(merged.values, merged.where)
    return Loaded(config, tuple(merged.notices), merged.sources())


def _read(path: Path | None) -> Layer | None:
    if path is None:
        return None
    data = read_text_file(path)
    return None if data is None else read_layer(data, name=str(one_line(os.fsencode(path), 300)))


def _validate(values: dict[str, Value], where: Any) -> Config:
    try:
        return Config.model_validate(_tuples(values))
    except ValidationError as error:
        raise ConfigProblems(to_problems(error, Config, where)) from error


def _tuples(value: Any) -> Any:
    """YAML's lists as the tuples of the frozen models."""
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


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

    def where(self, path: KeyPath, *, key: bool = False) -> str:
        while path:
            if path in self.places:
                return self.places[path]
            path = path[:-1]
        return "option" if not key else "configuration"

    def sources(self) -> dict[str, str]:
        return {".".join(map(str, path)): place for path, place in self.places.items()}


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
    at: Any = layer.values
    copied = layer.values
    for part in path[:-1]:
        inner = dict(at[part])
        copied[str(part)] = inner
        at = copied = inner
    at.pop(path[-1])
    dotted = ".".join(map(str, path))
    layer.notices.append(f"{where}: {dotted} is not taken, {why}")
