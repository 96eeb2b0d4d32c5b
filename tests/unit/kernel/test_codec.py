"""Events and commands to JSON and back, and what is refused on the way."""

from __future__ import annotations

import json
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.kernel import codec
from prdrunner_tui.kernel.codec import CodecError, decode_command, decode_event, encode_command, encode_event
from prdrunner_tui.kernel.commands import PauseRun
from prdrunner_tui.kernel.events import RunPaused, StepBegan
from prdrunner_tui.kernel.settings import Settings
from prdrunner_tui.kernel.state import Actor, Feedback
from tests.effort import effort

# Names of files that are no UTF-8 come as lone surrogates, so texts hold those too.
texts = st.text(
    st.characters() | st.sampled_from(["\0", "\x1b", "\udcff", "\udc80", "\u202e", "𝄞"]), max_size=8
)
whole = st.integers(-(1 << 53), 1 << 53)
numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | whole | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of an annotation."""
    origin, args = get_origin(kind), get_args(kind)
    if kind is Any:
        return values
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(
            typing.cast(type, kind), **{f.name: st.deferred(_later(hints[f.name])) for f in fields(kind)}
        )
    if origin in (Union, types.UnionType):
        return st.one_of([st.none() if arg is type(None) else of(arg) for arg in args])
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(of(args[0]), max_size=2).map(tuple)
    if origin is not None:
        return st.dictionaries(texts, of(args[1]), max_size=2)
    return {str: texts, bool: st.booleans(), int: whole, float: numbers}[kind]


def _later(kind: Any) -> Any:
    return lambda: of(kind)


@pytest.mark.parametrize("kind", codec.EVENT_TYPES.values(), ids=codec.EVENT_TYPES)
def test_an_event_comes_back_as_it_was(kind: type) -> None:
    @effort(10)
    @given(of(kind))
    def check(event: Any) -> None:
        name, version, text = encode_event(event)
        assert decode_event(name, version, text) == event
        assert encode_event(decode_event(name, version, text)) == (name, version, text)
        text.encode()

    check()


@pytest.mark.parametrize("kind", codec.COMMAND_TYPES.values(), ids=codec.COMMAND_TYPES)
def test_a_command_comes_back_as_it_was(kind: type) -> None:
    @effort(10)
    @given(of(kind))
    def check(command: Any) -> None:
        assert decode_command(json.loads(json.dumps(encode_command(command)))) == command

    check()


@effort(300)
@given(values)
def test_garbage_is_refused_and_never_raises_anything_else(data: Any) -> None:
    for name in ("RunStarted", "StepBegan", "DecisionOpened", "UsageRecorded"):
        with pytest.raises(CodecError):
            decode_event(name, 1, json.dumps(data))
    with pytest.raises(CodecError):
        decode_command(data)


@pytest.mark.parametrize(
    ("name", "version", "text", "why"),
    [
        ("Nonsense", 1, "{}", "unknown event Nonsense"),
        ("RunResumed", 2, "{}", "has version 2, this program knows 1"),
        ("RunResumed", 0, "{}", "version 0"),
        ("RunResumed", 1, "{", "not JSON"),
        ("RunResumed", 1, "[]", "is not an object"),
        ("RunResumed", 1, "{}", "RunResumed lacks by"),
        ("RunResumed", 1, '{"by": {"kind": "ghost"}}', "RunResumed.by.kind is 'ghost', not one of"),
        ("RunResumed", 1, '{"by": {"kind": "person"}, "x": 1}', "RunResumed has no field 'x'"),
        ("RunResumed", 1, '{"by": {"kind": "person", "name": 1}}', "RunResumed.by.name is int, not str"),
        ("UsageRecorded", 1, '{"phase": "", "step": "", "input_tokens": true, "output_tokens": 1}', "is bool, not int"),
        ("StepBegan", 1, '{"phase":"","step":"","iteration":1,"attempt":1,"feedback":[1]}', "feedback[0] is not"),
        ("DecisionOpened", 1, '{"facts": []}', "DecisionOpened lacks"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(name: str, version: int, text: str, why: str) -> None:
    with pytest.raises(CodecError, match=r"^[^\n]+$") as caught:
        decode_event(name, version, text)
    assert why in str(caught.value)


def test_a_number_that_no_float_holds_is_refused() -> None:
    text = '{"phase":"","step":"","input_tokens":1,"output_tokens":1,"usd":1' + "0" * 400 + "}"
    with pytest.raises(CodecError):
        decode_event("UsageRecorded", 1, text)


def test_a_field_that_is_missing_takes_its_default() -> None:
    event = decode_event("StepBegan", 1, '{"phase": "one", "step": "verify", "iteration": 1, "attempt": 2}')
    assert event == StepBegan("one", "verify", 1, 2, ())
    assert codec.from_json(Settings, {}) == Settings()


def test_whole_numbers_are_floats_where_a_float_is_meant() -> None:
    assert codec.from_json(Settings, {"gates": {"a": {"timeout": 5}}}).gates["a"].timeout == 5.0


def test_an_older_version_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "VERSIONS", {"RunPaused": 3})
    monkeypatch.setattr(
        codec,
        "UPCASTERS",
        {
            ("RunPaused", 1): lambda data: {"who": data["who"], "reason": "old"},
            ("RunPaused", 2): lambda data: {
                "by": {"kind": "person", "name": data["who"]},
                "reason": data["reason"],
            },
        },
    )
    assert decode_event("RunPaused", 1, '{"who": "ada"}') == RunPaused(Actor("person", "ada"), "old")
    assert encode_event(RunPaused(Actor("person"), ""))[1] == 3
    with pytest.raises(CodecError, match="version 4"):
        decode_event("RunPaused", 4, "{}")


def test_every_field_added_since_has_a_default_or_stood_in_the_first_version() -> None:
    required = {f.name for f in fields(StepBegan) if f.default is MISSING and f.default_factory is MISSING}
    assert required == {"phase", "step", "iteration", "attempt"}


def test_a_digest_tells_values_apart_and_does_not_depend_on_the_order_of_keys() -> None:
    assert codec.digest({"a": 1, "b": 2}) == codec.digest({"b": 2, "a": 1})
    assert codec.digest(Feedback("guidance", "a")) != codec.digest(Feedback("guidance", "b"))
    assert codec.digest("\udcff") != codec.digest("\udcfe")
    with pytest.raises(ValueError, match="JSON"):
        codec.canonical(float("nan"))


@pytest.mark.parametrize(
    "data", [None, 1, [], {}, {"command": 1}, {"command": "Nope"}, {"command": "PauseRun"}]
)
def test_what_is_no_command_is_refused(data: Any) -> None:
    with pytest.raises(CodecError):
        decode_command(data)


def test_a_command_takes_defaults() -> None:
    assert decode_command({"command": "PauseRun", "by": {"kind": "person"}}) == PauseRun(Actor("person"))
