"""The codec of updates: everything survives, everything else is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.workers.port import CodecError, from_json, to_json
from prdrunner_tui.workers.updates import KINDS


@given(st.one_of(*(st.from_type(cls) for cls in KINDS.values())))
def test_every_update_survives_json(update: object) -> None:
    try:
        text = json.dumps(to_json(update), allow_nan=False)  # type: ignore[arg-type]
    except ValueError:
        return
    if _too_big(json.loads(text)):
        return
    assert from_json(json.loads(text)) == update


def _too_big(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(map(_too_big, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int) and abs(value) > 2**53


@pytest.mark.parametrize(
    "value",
    [
        None, [], {}, {"kind": "done", "status": "done"}, {"kind": []}, {"kind": "said"}, {"kind": "said", "text": 1},
        {"kind": "said", "text": "x", "status": "done"}, {"kind": "usage", "scope": "universe"},
        {"kind": "usage", "scope": "turn", "input": 2**80}, {"kind": "usage", "scope": "turn", "input": True},
        {"kind": "planned", "entries": [{"text": "x", "status": "won"}]}, {"kind": "planned", "entries": "x"},
        {"kind": "command_output", "id": "x", "data": "not base64!"},
    ],
)  # fmt: skip
def test_a24_forged_updates_are_refused(value: object) -> None:
    with pytest.raises(CodecError):
        from_json(value)
