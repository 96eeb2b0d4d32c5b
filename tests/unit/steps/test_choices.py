"""What the words for a worker mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.config.models import Config
from prdrunner_tui.config.running import Profile, Workers
from prdrunner_tui.steps.choices import make_workers, with_script, worker_choice
from prdrunner_tui.text.problem import Problem


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with an agent's script and a source file."""
    (tmp_path / "agent.sh").write_text("true\n")
    (tmp_path / "src.py").write_text("x = 1\n")
    return tmp_path


def test_a_script_of_the_checkout_is_named_by_its_whole_path(root: Path) -> None:
    assert with_script(root, "sh agent.sh --fast") == f"sh {root}/agent.sh --fast"
    assert with_script(root, "./agent.sh") == f"{root}/agent.sh"


@pytest.mark.parametrize(
    "command", ["tool src.py", "agent.sh", "sh -c 'cat src.py'", "sh missing.sh", "sh 'unclosed"]
)
def test_other_words_are_left_alone(root: Path, command: str) -> None:
    assert with_script(root, command) == command


def test_a_command_line_does_not_plan_or_review_unless_it_is_named_for_it(root: Path) -> None:
    assert set(make_workers(root, Config(), "command: sh agent.sh", None)) == {"implement"}
    config = Config(workers=Workers(review="command: sh agent.sh"))
    assert set(make_workers(root, config, "command: sh agent.sh", None)) == {"implement", "review"}


def test_a_profile_is_found_by_its_name(root: Path) -> None:
    config = Config(
        workers=Workers(profiles={"mine": Profile(worker="command", command="tool", prompt="file")})
    )
    choice = worker_choice(root, config, "mine")
    assert (choice.worker, choice.label, choice.options) == (
        "command",
        "mine",
        {"command": "tool", "prompt": "file"},
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [("comand: x", "did you mean command:"), ("command:", "needs a command line"), ("x", "there is no")],
)
def test_unknown_words_are_one_line_with_a_hint(root: Path, text: str, what: str) -> None:
    with pytest.raises(Problem) as caught:
        worker_choice(root, Config(), text)
    assert what in str(caught.value)


def test_nobody_to_implement_is_a_problem(root: Path) -> None:
    with pytest.raises(Problem, match="no agent is configured"):
        make_workers(root, Config(), "", None)
