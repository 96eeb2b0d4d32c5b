"""Profiles as text: shown with the place of each key, made from options, changed without losing a comment. Pure."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from prdrunner_tui.cli.profilecheck import looks_secret
from prdrunner_tui.config.running import Profile
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.redact import MARK, redact
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import KeyPath, Value, read_yaml

_PLAIN = re.compile(r"[A-Za-z_./][\w./+@%-]*(?: [\w./+@%=-]+)*\Z")
_COMMENT_AT = 44
_NULL = ("null", "Null", "NULL", "~")
_BELOW = ("env", "permissions")
"""Keys whose entries are set one by one, as ``env.NAME=VALUE``."""

Change = tuple[KeyPath, Value]
"""A key's path in the profile, and its new value."""


def to_yaml(values: Mapping[str, Value], comment: Callable[[KeyPath], str] = lambda path: "") -> str:
    """A profile as YAML, with what `comment` says behind each value."""
    return "".join(f"{line}\n" for line in _lines(values, (), comment))


def shown_values(values: Mapping[str, Value], secrets: Sequence[bytes]) -> dict[str, Value]:
    """A profile whose credentials are masked: those known, and variables that look like one."""

    def mask(value: Value, name: str = "") -> Value:
        if isinstance(value, dict):
            return {key: mask(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [mask(inner) for inner in value]
        if not isinstance(value, str):
            return value
        if name and looks_secret(name, value):
            return MARK.decode()
        return redact(value.encode("utf-8", "replace"), secrets).decode("utf-8", "replace")

    made = dict(values)
    for key, value in values.items():
        inner = value.items() if key == "env" and isinstance(value, dict) else ()
        # A variable's name says whether its value is a credential; {from: NAME} holds none.
        masked = {name: one if isinstance(one, dict) else mask(one, name) for name, one in inner}
        made[key] = masked or mask(value)
    return made


def read_change(text: str) -> Change:
    """What ``key=value`` says: text as it stands where the key takes text, else YAML (``argv=[agent, --acp]``).

    Raises:
        Problem: there is no ``=``, no such key, or no YAML.
    """
    key, equals, written = text.partition("=")
    where = f"--set {key[:60]}"
    if not equals:
        raise Problem(f"{text[:60]!r} sets nothing", where="--set", hint="write --set KEY=VALUE")
    first, dot, rest = key.partition(".")
    fields = {field.alias or name: field for name, field in Profile.model_fields.items()}
    if first not in fields:
        raise Problem(f"a profile has no {first[:60]!r}", where=where, hint=did_you_mean(first, fields))
    if dot and (first not in _BELOW or not rest):
        raise Problem(f"{first} has nothing below it", where=where, hint=f"write --set {first}=VALUE")
    if not dot and written.strip() in _NULL and type(None) in get_args(fields[first].annotation):
        hint = "remove its line: prdrunner profiles edit NAME"
        raise Problem(f"{written.strip()} is no value, and --set removes no key", where=where, hint=hint)
    if _takes_text(fields[first].annotation) or (dot and not written.startswith("{")):
        value: Value = written
    else:
        value = read_yaml(written.encode("utf-8", "surrogateescape"), name=where).value
    return ((first, rest) if dot else (first,)), value


def with_changes(values: Mapping[str, Value], changes: Sequence[Change]) -> dict[str, Value]:
    """The profile after the changes."""
    made = dict(values)
    for path, value in changes:
        if len(path) == 1:
            made[str(path[0])] = value
        else:
            inner = made.get(str(path[0]))
            made[str(path[0])] = {**(inner if isinstance(inner, dict) else {}), str(path[1]): value}
    return made


def edited(data: bytes, changes: Sequence[Change], *, name: str) -> bytes:
    """The bytes of a profile's file after the changes; comments and all other lines stay.

    Raises:
        Problem: the file cannot be read, or would not say what it should.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    before = read_yaml(data, name=name).value
    if not isinstance(before, dict):
        raise Problem("a profile is keys and values", where=name, hint=f"prdrunner profiles edit {name}")
    wanted = with_changes(before, changes)
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 16
    _keep_indentation(yaml, data)
    out = io.BytesIO()
    try:
        document: Any = yaml.load(data.decode("utf-8-sig"))
        for path, value in changes:
            at = document
            for part in path[:-1]:
                if not isinstance(at.get(part), dict):
                    at[part] = {}
                at = at[part]
            at[path[-1]] = value
        yaml.dump(document, out)
        same = read_yaml(made := out.getvalue(), name=name).value == wanted
    except (YAMLError, Problem):
        same = False  # What our reader takes, and says of it, is what counts.
    if not same:
        raise Problem(
            "this file cannot be changed without an editor", where=name, hint="prdrunner profiles edit"
        )
    return made


def _keep_indentation(yaml: Any, data: bytes) -> None:
    """Have lists written the way the file has them: with their dash below the key, or further in."""
    found = re.search(rb"^( +)- ", data, re.MULTILINE)
    if found:
        offset = len(found.group(1))
        yaml.indent(mapping=2, sequence=offset + 2, offset=offset)


def _takes_text(annotation: Any) -> bool:
    """Whether a key of that type takes any text, or one of some words."""
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    if get_origin(annotation) is Literal:
        return all(isinstance(word, str) for word in kinds)
    if get_origin(annotation) in (Union, UnionType):
        return all(map(_takes_text, kinds))
    return annotation is str


def _lines(values: Mapping[str, Value], path: KeyPath, comment: Callable[[KeyPath], str]) -> Iterator[str]:
    indent = "  " * len(path)
    for key, value in values.items():
        here = (*path, key)
        if isinstance(value, dict) and value and set(value) != {"from"}:
            yield f"{indent}{_scalar(key)}:"
            yield from _lines(value, here, comment)
            continue
        line = f"{indent}{_scalar(key)}: {_flow(value)}"
        said = comment(here)
        yield f"{line:<{_COMMENT_AT}}  # {said}" if said else line


def _flow(value: Value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Value) -> str:
    """A value that reads back as itself: plain where that is plain to see, else a JSON string, which is YAML too."""
    if isinstance(value, str):
        plain = _PLAIN.match(value) and read_yaml(value.encode(), name="").value == value
        return value if plain else "".join(map(_escaped, json.dumps(value, ensure_ascii=False)))
    return json.dumps(value)


def _escaped(character: str) -> str:
    """A character of a quoted text: as it is where it can be seen, since YAML takes not every other one."""
    return character if character.isprintable() else f"\\U{ord(character):08x}"
