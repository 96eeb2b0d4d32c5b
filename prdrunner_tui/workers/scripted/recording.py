"""Reading of recordings: YAML with phases -> steps -> iterations -> actions, every mistake told with its place.

recording: the title
phases:
  phase-1:
    implement:
      1: [{talk: I begin}, {edit: {path: a.py, write: "x = 1\\n"}}]
      default: [...]          # any other iteration
    review: [...]             # a list instead of iterations: every iteration
default:                      # any other phase
  implement: [...]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import Document, KeyPath, read_yaml

NUMBER = (int, float)
_TEXT = {"text": str}

ACTIONS: dict[str, tuple[str, dict[str, Any], frozenset[str]]] = {
    "talk": ("text", _TEXT, frozenset({"text"})),
    "thought": ("text", _TEXT, frozenset({"text"})),
    "note": ("text", _TEXT, frozenset({"text"})),
    "plan": ("entries", {"entries": list}, frozenset({"entries"})),
    "edit": (
        "",
        {"path": str, "write": str, "replace": str, "with": str, "delete": bool, "mode": str},
        frozenset({"path"}),
    ),
    "command": ("run", {"run": str, "must_pass": bool}, frozenset({"run"})),
    "ask": ("question", {"question": str, "choices": list, "id": str}, frozenset({"question"})),
    "permission": (
        "action",
        {"action": str, "detail": str, "paths": list, "id": str},
        frozenset({"action"}),
    ),
    "usage": (
        "",
        {"scope": str, "input": int, "output": int, "cached": int, "reasoning": int, "cost_usd": NUMBER},
        frozenset(),
    ),
    "session": ("id", {"id": str}, frozenset({"id"})),
    "delay": ("seconds", {"seconds": NUMBER}, frozenset({"seconds"})),
    "fail": ("reason", {"reason": str}, frozenset({"reason"})),
    "refuse": ("reason", {"reason": str}, frozenset({"reason"})),
    "limit": ("reason", {"reason": str}, frozenset({"reason"})),
    "exit": ("code", {"code": int, "signal": int}, frozenset()),
    "lie": ("text", _TEXT, frozenset({"text"})),
    "write_result": ("value", {"value": object}, frozenset({"value"})),
    "barrier": ("file", {"file": str, "message": str}, frozenset()),
    "wait_message": ("", {}, frozenset()),
    "flood": ("bytes", {"bytes": int}, frozenset({"bytes"})),
    "line": ("bytes", {"bytes": int}, frozenset({"bytes"})),
    "dribble": ("writes", {"writes": int}, frozenset({"writes"})),
    "spinner": ("seconds", {"seconds": NUMBER}, frozenset({"seconds"})),
    "hang": ("", {}, frozenset()),
    "ignore_term": ("", {}, frozenset()),
    "double_fork": ("count", {"count": int}, frozenset({"count"})),
}
"""Name of an action -> (the field a plain value fills, fields and their types, required fields)."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the recorded agent does; `where` is file:line:column."""

    name: str
    fields: Mapping[str, Any]
    where: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording, checked: `plays[phase][step][iteration]`, with "default" as phase or iteration."""

    title: str
    name: str
    plays: Mapping[str, Mapping[str, Mapping[str, tuple[Action, ...]]]]

    def actions(self, phase: str, step: str, iteration: int) -> tuple[Action, ...]:
        """What the recording does there.

        Raises:
            Problem: nothing is recorded for it.
        """
        for key in (phase, "default"):
            iterations = self.plays.get(key, {}).get(step)
            if iterations is not None:
                found = iterations.get(str(iteration), iterations.get("default"))
                if found is not None:
                    return found
        raise Problem(
            f"the recording has nothing for phase {phase}, step {step}, iteration {iteration}",
            where=self.name,
            hint="add it, or an entry under default",
        )


def read_recording(data: bytes, *, name: str) -> Recording:
    """Read and check a recording.

    Raises:
        Problem: with file:line:column.
    """
    document = read_yaml(data, name=name)
    root = _mapping(document, (), "a recording")
    for key in root:
        if key not in ("recording", "phases", "default"):
            raise _unknown(document, (key,), key, ("recording", "phases", "default"))
    title = root.get("recording", name)
    if not isinstance(title, str):
        raise Problem("the title must be text", where=document.where(("recording",)))
    plays = {}
    if root.get("phases") is not None:
        for phase in _mapping(document, ("phases",), "phases"):
            plays[phase] = _steps(document, ("phases", phase))
    if root.get("default") is not None:
        plays["default"] = _steps(document, ("default",))
    if not plays:
        raise Problem(
            "the recording holds no phases", where=document.where(()), hint="add phases: or default:"
        )
    return Recording(title, name, plays)


def _steps(document: Document, path: KeyPath) -> dict[str, dict[str, tuple[Action, ...]]]:
    steps = {}
    for step, value in _mapping(document, path, "a phase").items():
        here = (*path, step)
        if isinstance(value, list):
            steps[step] = {"default": _actions(document, here)}
            continue
        steps[step] = {}
        for iteration in _mapping(document, here, "a step"):
            if iteration != "default" and not iteration.isdecimal():
                raise Problem(
                    f"iteration {iteration[:40]!r} is no number",
                    where=document.where((*here, iteration), key=True),
                )
            steps[step][iteration] = _actions(document, (*here, iteration))
    return steps


def _actions(document: Document, path: KeyPath) -> tuple[Action, ...]:
    value = _at(document, path)
    if not isinstance(value, list):
        raise Problem("a list of actions was expected", where=document.where(path))
    return tuple(_action(document, (*path, index)) for index in range(len(value)))


def _action(document: Document, path: KeyPath) -> Action:
    value = _at(document, path)
    where = document.where(path)
    if isinstance(value, str):
        value = {value: None}
    if not isinstance(value, dict) or len(value) != 1:
        raise Problem("an action is one word, or one word with its value", where=where)
    ((name, given),) = value.items()
    if name not in ACTIONS:
        raise _unknown(document, (*path, name), name, ACTIONS)
    plain, types, required = ACTIONS[name]
    wants_object = name == "write_result"
    if given is None or given is True:
        fields: dict[str, Any] = {}
    elif isinstance(given, dict) and not wants_object:
        fields = given
    elif plain:
        fields = {plain: given}
    else:
        raise Problem(f"{name} takes no plain value", where=where)
    for key, field in fields.items():
        if key not in types:
            raise _unknown(document, (*path, name, key), key, types)
        if types[key] is not object and (
            not isinstance(field, types[key]) or (isinstance(field, bool) and types[key] is not bool)
        ):
            raise Problem(f"{name}: {key} is not of the right type", where=document.where((*path, name, key)))
    missing = sorted(required - fields.keys())
    if missing:
        raise Problem(f"{name}: {missing[0]} is missing", where=where)
    return Action(name, fields, where)


def _mapping(document: Document, path: KeyPath, what: str) -> dict[str, Any]:
    value = _at(document, path)
    if not isinstance(value, dict):
        raise Problem(f"{what} must be a mapping", where=document.where(path))
    return value


def _at(document: Document, path: KeyPath) -> Any:
    value: Any = document.value
    for key in path:
        value = value[key]
    return value


def _unknown(document: Document, path: KeyPath, word: str, known: Any) -> Problem:
    return Problem(
        f"{word[:60]!r} is not known here",
        where=document.where(path, key=True),
        hint=did_you_mean(word, known) or f"known are {', '.join(known)}",
    )
