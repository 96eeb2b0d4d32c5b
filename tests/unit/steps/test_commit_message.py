"""What a phase's commit says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from prdrunner_tui.steps.commit_message import commit_message


def message(name: str, description: str = "") -> list[str]:
    """The paragraphs of a message."""
    plan = SimpleNamespace(id="storage", name=name, description=description)
    view: Any = SimpleNamespace(phase=SimpleNamespace(plan=plan), run=SimpleNamespace(id="run-1"))
    decision: Any = SimpleNamespace(id="d1", by=SimpleNamespace(kind="person", name="Ada"))
    return commit_message(view, decision).split("\n\n")


def test_a_message_names_the_phase_and_who_approved_it() -> None:
    assert message("Keep  the\nlist", "In a file.") == [
        "Keep the list",
        "In a file.",
        "Prdrunner-Run: run-1\nPrdrunner-Phase: storage\nPrdrunner-Approval: d1 Ada\n",
    ]


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("word " * 30, "word " * 13 + "word..."),
        ("x" * 100, "x" * 69 + "..."),
        ("\u6f22" * 100, "\u6f22" * 69 + "..."),
        ("y" * 72, "y" * 72),
    ],
)
def test_a_long_name_is_cut_to_a_subject(name: str, subject: str) -> None:
    assert message(name)[0] == subject


def test_a_long_description_is_cut_and_folded() -> None:
    text = message("Name", "many words " * 100)[1]
    assert text.endswith(" ...")
    assert len(text) <= 600
    assert max(map(len, text.splitlines())) <= 72
