"""Pydantic's errors as lines a person can act on."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any

from pydantic import BaseModel, ValidationError

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.suggest import did_you_mean, nearest
from prdrunner_tui.text.yaml import KeyPath

_WORD = re.compile(r"'([^']+)'")
_YES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_KINDS = {
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be keys and values",
    "model_type": "must be keys and values",
    "model_attributes_type": "must be keys and values",
    "missing": "is missing",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long",
    "too_long": "has too many entries",
}


def to_problems(error: ValidationError, model: type[BaseModel], where: Callable[..., str]) -> list[Problem]:
    """A `Problem` for each error, in the order of the places.

    Args:
        where: ``where(path, key=False)`` gives ``file:line:column``.
    """
    found: dict[str, Problem] = {}
    details = [(detail, _walk(detail["loc"], model)) for detail in error.errors(include_url=False)]
    # A key that is misspelt is missing too: one mistake, told once.
    meant = {(*at.path[:-1], _meant(at)) for detail, at in details if detail["type"] == "extra_forbidden"}
    for detail, at in details:
        if detail["type"] == "missing" and at.path in meant:
            continue
        if at.passed_over and isinstance(detail.get("input"), dict):
            continue  # Keys and values were meant for the other kind of value, which has its own complaint.
        problem = _problem(detail, at, where)
        # One wrong value may have been spread over several keys, as auto_approve_timeout is.
        found.setdefault(problem.where if problem.where != "option" else str(problem), problem)
    return sorted(found.values(), key=lambda problem: _order(problem.where))


def _order(where: str) -> tuple[int, ...]:
    return tuple(int(part) for part in where.split(":") if part.isdigit())


@dataclass(frozen=True, slots=True)
class _At:
    """A place in the models.

    Attributes:
        path: without what pydantic says of its own way there.
        keys: those that the mapping around it knows, where it is a model's.
        passed_over: whether this is one of several kinds of value, and another one of them is a model.
    """

    path: KeyPath
    keys: tuple[str, ...] = ()
    passed_over: bool = False


def _walk(location: tuple[int | str, ...], model: type[BaseModel]) -> _At:
    path: list[int | str] = []
    keys: tuple[str, ...] = ()
    passed_over = False
    at: Any = model
    for part in location:
        at = _bare(at)
        if part == "[key]":
            continue
        kinds = _kinds(at)
        if kinds and part in kinds:
            passed_over = not _is_model(kinds[str(part)]) and any(map(_is_model, kinds.values()))
            at = kinds[str(part)]
            continue
        path.append(part)
        keys, passed_over = (), False
        if _is_model(at):
            fields = _fields(at)
            keys, at = tuple(fields), fields.get(str(part))
        else:
            # Of a mapping the values, of a list its entries.
            inner = [kind for kind in typing.get_args(at) if kind is not Ellipsis]
            at = inner[-1] if inner else None
    return _At(tuple(path), keys, passed_over)


def _meant(at: _At) -> str:
    """The key that was probably meant by one that is unknown, "" where none is near."""
    return nearest(str(at.path[-1]), at.keys) or ""


def _bare(annotation: Any) -> Any:
    """A type without what is said beside it, and without None where it is one other."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if typing.get_origin(annotation) in (typing.Union, UnionType):
        others = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
        if len(others) == 1:
            return _bare(others[0])
    return annotation


def _kinds(annotation: Any) -> dict[str, Any]:
    """The kinds of value that a type takes, by pydantic's names for them; empty where it takes one."""
    if typing.get_origin(annotation) not in (typing.Union, UnionType):
        return {}
    return {getattr(kind, "__name__", ""): kind for kind in map(_bare, typing.get_args(annotation))}


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _shown(path: KeyPath) -> str:
    """A path as people count: the first entry of a list is 1."""
    return str(one_line(".".join(str(part + 1 if isinstance(part, int) else part) for part in path), 120))


def _problem(detail: Any, at: _At, where: Callable[..., str]) -> Problem:
    kind, given, path = detail["type"], detail.get("input"), at.path
    dotted = _shown(path)
    if kind == "extra_forbidden":
        known = at.keys
        hint = did_you_mean(str(path[-1]), known) or (
            f"known are {', '.join(known)}" if known else "remove it"
        )
        return Problem(f"unknown key {dotted}", where=where(path, key=True), hint=hint)
    if kind == "missing":
        return Problem(f"{dotted} is missing", where=where(path[:-1]), hint="add it")
    what = _KINDS.get(kind) or _message(detail)
    hint = _hint(kind, given, detail.get("ctx", {}))
    subject = f"{dotted} {what}" if dotted else what
    return Problem(subject, where=where(path), hint=hint)


def _message(detail: Any) -> str:
    text = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Input should ")
    context = detail.get("ctx", {})
    if detail["type"] == "literal_error":
        return f"must be {context['expected'].replace(chr(39), '')}"
    if detail["type"] == "string_pattern_mismatch":
        return "may hold only letters, digits and _ . -, at most 64"
    return str(one_line(f"must {text}" if text.startswith("be ") else text, 200))


def _hint(kind: str, given: object, context: Mapping[str, Any]) -> str:
    if isinstance(given, str):
        if kind == "literal_error" and (meant := did_you_mean(given, _WORD.findall(context["expected"]))):
            return meant
        if kind == "bool_type":
            return f"write {_YES.get(given.casefold(), 'true or false')}"
        if kind in ("int_type", "float_type"):
            return f"'{one_line(given, 40)}' is read as text; write a plain decimal number"
    if kind == "string_type" and isinstance(given, bool | int | float):
        return "put it into quotes"
    if kind == "tuple_type":
        return "write [a, b] or one '- a' a line"
    if given is None:
        return "give it a value or remove the key"
    return "correct that line"


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
