from __future__ import annotations

import pytest

from prdrunner_tui.kernel.state import MESSAGE_KINDS
from prdrunner_tui.tui.actions import BY_ID
from prdrunner_tui.tui.slash import DOES, KINDS, Do, Say, Wrong, complete, read


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("keep it", Say("message", "keep it")),
        ("/requirement keep it\nall of it", Say("requirement", "keep it\nall of it")),
        ("/explain why not dateutil?", Say("question", "why not dateutil?")),
        ("/correct\none class", Say("correction", "one class")),
        ("//etc/hosts is no path", Say("message", "/etc/hosts is no path")),
        ("/pause", Do("phase.pause")),
        ("/break verify", Do("phase.break", "verify")),
        ("/break after verify", Do("phase.break", "verify", "after")),
        (" /pause", Say("message", " /pause")),
    ],
)
def test_what_a_line_means(text: str, meant: object) -> None:
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/requirement", "needs words"),
        ("/requirement  \n ", "needs words"),
        ("/pause now", "takes nothing"),
        ("/puase", "did you mean /pause?"),
        ("/", "no command /"),
        ("/break", "plan_impl, implement, verify"),
        ("/break never", "before|after"),
        ("/break soon verify", "before|after"),
    ],
)
def test_what_is_wrong_is_not_sent(text: str, told: str) -> None:
    meant = read(text)
    assert isinstance(meant, Wrong) and told in meant.reason


def test_kinds_are_those_of_messages_and_actions_are_real() -> None:
    assert {kind for kind, _ in KINDS.values()} == {*MESSAGE_KINDS} - {"message"}
    assert {action for action, _ in DOES.values()} <= set(BY_ID)


def offered(text: str) -> list[str]:
    return [offer.text for offer in complete(text, len(text))]


def test_commands_and_steps_are_completed() -> None:
    assert offered("/re") == ["/requirement ", "/retry"]
    assert len(offered("/")) == len(KINDS) + len(DOES)
    assert offered("/break v") == ["verify"]
    assert offered("/break ") == [
        *("plan_impl", "implement", "verify", "review", "commit"),
        "before ",
        "after ",
    ]
    assert offered("/break after c") == ["commit"]
    (offer,) = complete("/break after c", 14)
    assert offer.start == 13


@pytest.mark.parametrize("text", ["", "keep", "//re", "a /re", "/requirement wo", "/why", "one\n/re"])
def test_nothing_is_offered_elsewhere(text: str) -> None:
    assert offered(text) == []
