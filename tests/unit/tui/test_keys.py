"""The table of actions, and the user's keys on top of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui import keysdoc
from prdrunner_tui.tui.actions import ACTIONS, BY_ID
from prdrunner_tui.tui.footers import FOOTERS, LAST
from prdrunner_tui.tui.keymap import Keymap, load_keymap, shown, user_file


def test_no_id_stands_there_twice_and_footers_name_what_works_there() -> None:
    assert len(BY_ID) == len(ACTIONS)
    for place, ids in FOOTERS.items():
        for id in ids:
            places = BY_ID[id].places
            assert {place.partition(".")[0], "everywhere"} & places, (place, id)
    assert set(LAST) <= set(BY_ID)


def test_a_key_does_one_thing_in_a_place() -> None:
    for place in {place for action in ACTIONS for place in action.places}:
        counts = Counter(key for action in ACTIONS if place in action.places for key in action.keys)
        assert not [key for key, count in counts.items() if count > 1], place


def test_the_special_place_comes_before_the_general_one() -> None:
    keymap = Keymap()
    found = [keymap.find("r", places) for places in (("phases", "everywhere"), ("checkpoints", "everywhere"))]
    assert [action.id for action in found if action] == ["phase.retry", "checkpoint.restore"]
    assert keymap.find("q", ("log", "everywhere")) is BY_ID["app.leave"]
    assert keymap.find("q", ("text",)) is None
    assert keymap.find("a", ("phases", "list", "everywhere")) is None, "no verdict outside a decision"


def test_keys_as_people_read_them() -> None:
    assert [shown(key) for key in ("full_stop", "escape", "p", "ctrl+p")] == [".", "esc", "p", "ctrl+p"]
    assert Keymap().key("nav.page_down") == "pgdn"


def test_the_keys_of_a_user(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    assert load_keymap(file) == Keymap()
    file.write_text(
        "phase.pause: [f5, ctrl+r]\nlayout.chat: []\nhelp.open: '!'\nnav.page_down: .\npane.zoom: 5\n"
    )
    keymap = load_keymap(file)
    assert keymap.get("phase.pause").keys == ("f5", "ctrl+r")
    assert keymap.get("layout.chat").keys == ()
    assert keymap.get("help.open").keys == ("!",)
    assert keymap.get("nav.page_down").keys == ("full_stop",)
    assert keymap.get("pane.zoom").keys == ("5",)
    assert keymap.find("p", ("phases",)) is None


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("phase.paus: p\n", ":1:1", "there is no action 'phase.paus'"),
        ("phase.pause: pause\n", ":1:14", "'pause' is no key"),
        ("phase.pause: [p, '']\n", ":1:14", "'' is no key"),
        ("phase.pause: hyper+p\n", ":1:14", "'hyper+p' is no key"),
        ("phase.pause: true\n", ":1:14", "'True' is no key"),
        ("phase.pause: {a: b}\n", ":1:14", "is no key"),
        ("phase.pause: m\n", ":1:14", "m is phase.pause and phase.message in one place"),
        ("- p\n", ":1:1", "this is no keymap"),
    ],
)
def test_what_is_no_keymap_is_refused(tmp_path: Path, text: str, where: str, message: str) -> None:
    file = tmp_path / "keys.yaml"
    file.write_text(text)
    with pytest.raises(Problem) as caught:
        load_keymap(file)
    assert caught.value.where == f"{file}{where}"
    assert message in caught.value.message


def test_where_the_keys_of_a_user_stand() -> None:
    assert user_file({"XDG_CONFIG_HOME": "/x"}) == Path("/x/prdrunner/keys.yaml")
    assert user_file({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}) == Path("/h/.config/prdrunner/keys.yaml")


def test_the_page_names_each_action_and_key() -> None:
    text = keysdoc.page()
    for action in ACTIONS:
        assert f"| {action.id} |" in text
        assert action.help in text
