"""The worker `command`: how the prompt comes in, what the command is told, what its exit says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.command import create
from prdrunner_tui.workers.conformance import Case, LocalHost
from prdrunner_tui.workers.port import Turn, TurnResult, exit_words

NASTY = 'it\'s a "prompt" with $HOME, `id` and\nlines {prompt}\n'


async def run(tmp_path: Path, options: dict[str, object], prompt: str = NASTY) -> tuple[TurnResult, bytes]:
    host = LocalHost(Case(create, {}, {}, {}, tmp_path, tmp_path))
    result_file = str(tmp_path / "plan.json")
    turn = Turn("k", "run-1", "phase-1", "implement", 2, str(tmp_path), prompt, result_file, options=options)
    result = await create(options).run(turn, host)
    await host.close()
    return result, bytes(host.output)


@pytest.mark.parametrize(
    "options",
    [
        {"command": "cat"},
        {"command": "cat {prompt_file}", "prompt": "file"},
        {"command": 'cat "$PRDRUNNER_PROMPT_FILE"', "prompt": "file"},
        {"command": "printf %s {prompt}", "prompt": "argument"},
        {"command": "printf %s", "prompt": "argument"},
    ],
)
async def test_the_prompt_arrives_byte_for_byte(tmp_path: Path, options: dict[str, object]) -> None:
    result, output = await run(tmp_path, options)
    assert result.outcome == "ended"
    assert output == NASTY.encode()


async def test_the_command_knows_its_turn(tmp_path: Path) -> None:
    line = "echo $PRDRUNNER_RUN $PRDRUNNER_PHASE $PRDRUNNER_STEP $PRDRUNNER_ITERATION"
    line += "; echo '{}' > $PRDRUNNER_RESULT_FILE"
    _, output = await run(tmp_path, {"command": line})
    assert output == b"run-1 phase-1 implement 2\n"
    assert json.loads((tmp_path / "plan.json").read_text()) == {}


@pytest.mark.parametrize(
    ("line", "reason", "code", "signal"),
    [
        ("exit 3", "exit 3", 3, None),
        ("kill -9 $$", "exit 137, killed", None, 9),
        ("nosuchprogram", "exit 127", 127, None),
    ],
)
async def test_a_bad_exit_is_failed_with_the_true_reason(
    tmp_path: Path, line: str, reason: str, code: int | None, signal: int | None
) -> None:
    result, _ = await run(tmp_path, {"command": line})
    assert result == TurnResult("failed", reason, code, signal)


async def test_a_command_that_does_not_read_its_prompt_ends_all_the_same(tmp_path: Path) -> None:
    result, _ = await run(tmp_path, {"command": "exit 0"}, prompt="x" * 3_000_000)
    assert result.outcome == "ended"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs a command line"),
        ({"command": "  "}, "needs a command line"),
        ({"command": 3}, "needs a command line"),
        ({"command": "x", "promt": "file"}, "did you mean prompt?"),
        ({"command": "x", "prompt": "argumnt"}, "did you mean argument?"),
    ],
)
def test_options_that_do_not_fit_are_told(options: dict[str, object], words: str) -> None:
    with pytest.raises(Problem) as caught:
        create(options)
    assert words in str(caught.value)


async def test_a_prompt_too_long_for_an_argument_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="too long"):
        await run(tmp_path, {"command": "true", "prompt": "argument"}, prompt="x" * 200_000)


@pytest.mark.parametrize(
    ("code", "signal", "words"),
    [(0, None, "exit 0"), (3, None, "exit 3"), (137, None, "exit 137, killed"), (None, 15, "exit 143, terminated"),
     (None, 33, "exit 161"), (None, None, "no exit status")],
)  # fmt: skip
def test_exits_in_words(code: int | None, signal: int | None, words: str) -> None:
    assert exit_words(code, signal) == words
