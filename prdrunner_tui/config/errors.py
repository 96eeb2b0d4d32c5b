"""Pydantic's errors as lines a person can act on."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ValidationError

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import KeyPath

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
    for detail in error.errors(include_url=False):
        path = _path(detail["loc"])
        problem = _problem(detail, path, model, where)
        # One wrong value may have been spread over several keys, as auto_approve_timeout is.
        found.setdefault(problem.where if problem.where != "option" else str(problem), problem)
    return sorted(found.values(), key=lambda problem: _order(problem.where))


def _order(where: str) -> tuple[int, ...]:
    return tuple(int(part) for part in where.split(":") if part.isdigit())


def _path(location: tuple[int | str, ...]) -> KeyPath:
    return tuple(part for part in location if part not in ("[key]", "float", "int", "str"))


def _problem(detail: Any, path: KeyPath, model: type[BaseModel], where: Callable[..., str]) -> Problem:
    kind, given = detail["type"], detail.get("input")
    dotted = one_line(".".join(map(str, path)), 120)
    if kind == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        hint = did_you_mean(str(path[-1]), known) or (
            f"known are {', '.join(known)}" if known else "remove it"
        )
        return Problem(f"unknown key {dotted}", where=where(path, key=True), hint=hint)
    if kind == "missing":
        return Problem(f"{dotted} is missing", where=where(path[:-1]), hint="add it")
    what = _KINDS.get(kind) or _message(detail)
    hint = _hint(kind, given)
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


def _hint(kind: str, given: object) -> str:
    if isinstance(given, str):
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


def _known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    at: type[BaseModel] | None = model
    for part in path:
        if at is None:
            return []
        if isinstance(part, int) or part not in _fields(at):
            continue
        at = _inner_model(_fields(at)[part])
    return list(_fields(at)) if at else []


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    arguments = typing.get_args(annotation)
    if not arguments:
        is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
        return annotation if is_model else None
    return next((m for m in map(_inner_model, arguments) if m), None)
