"""How an ACP agent is named, and which of the person's variables it gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.config.models import Config
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.steps.choices import worker_choice
from prdrunner_tui.steps.surroundings import variables
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.registry import create


def config(**profile: Any) -> Config:
    return Config.model_validate({"workers": {"profiles": {"mine": {"worker": "acp", **profile}}}})


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("acp: qwen", {"profile": "qwen"}),
        ("acp: my-agent --acp 'x y'", {"argv": ["my-agent", "--acp", "x y"]}),
        (
            "mine",
            {"profile": "qwen", "mode": "default", "env": {"A": {"from": "B"}, "C": "c"}, "resume": False},
        ),
    ],
)
def test_an_agent_is_named_by_profile_or_command_line(text: str, options: dict[str, Any]) -> None:
    given = config(profile="qwen", mode="default", env={"A": {"from": "B"}, "C": "c"}, resume=False)
    choice = worker_choice(Path("/repo"), given, text)
    assert (choice.worker, choice.options) == ("acp", options)
    create(choice.worker, choice.options)


def test_a_word_that_is_no_profile_is_told_with_what_was_meant() -> None:
    choice = worker_choice(Path("/repo"), config(), "acp: qwne")
    with pytest.raises(Problem, match="did you mean qwen"):
        create(choice.worker, choice.options)


def test_an_unclosed_quote_is_told() -> None:
    with pytest.raises(Problem, match="cannot be read"):
        worker_choice(Path("/repo"), config(), "acp: agent 'x")


def test_only_a_profile_that_comes_along_lets_variables_through() -> None:
    mine = {"OPENAI_API_KEY": "key", "AWS_SECRET": "secret"}

    def through(choice: WorkerChoice) -> set[str]:
        return {*mine} & {*variables(mine, choice, ())}

    assert through(WorkerChoice("acp", {"profile": "qwen"})) == {"OPENAI_API_KEY"}
    assert through(WorkerChoice("acp", {"argv": ["x"], "env": {"A": {"from": "AWS_SECRET"}}})) == set()
    assert through(WorkerChoice("command", {"command": "x"})) == set()
