from __future__ import annotations

import json
from pathlib import Path

import pytest

from prdrunner_tui.tui.arrange import Wish
from prdrunner_tui.tui.remember import Memory

NOTHING = (Wish(), frozenset[str]())


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    wish = Wish(layout="log", tab="chat", zoomed="log", grown={"phases": -4, "log": 6})
    Memory(tmp_path / "cockpit.json").write(wish, frozenset({"messages"}))
    again, groups = Memory(tmp_path / "cockpit.json").read()
    assert (again.layout, again.tab, again.grown, groups) == ("log", "chat", wish.grown, {"messages"})
    assert again.zoomed == "", "a zoomed pane would hide the run at the start"
    assert [path.name for path in tmp_path.iterdir()] == ["cockpit.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "[" * 9000,
        json.dumps({"layout": "chat", "tab": "x", "grown": [1], "groups": "messages"}),
        json.dumps(
            {"layout": 1, "tab": ["log"], "grown": {"phases": True, "log": 1e9}, "groups": [["a"], "no"]}
        ),
        "\0\ufffd",
    ],
)
def test_a_damaged_file_is_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cockpit.json"
    path.write_text(text)
    assert Memory(path).read() == NOTHING


def test_nowhere_to_write_is_no_trouble(tmp_path: Path) -> None:
    for path in (None, tmp_path / "missing" / "cockpit.json", tmp_path):
        Memory(path).write(Wish(layout="log"), frozenset())
        assert Memory(path).read() == NOTHING
