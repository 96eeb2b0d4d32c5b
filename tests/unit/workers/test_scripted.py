"""The worker `scripted`: recordings, their mistakes, their confinement."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.conformance import Case, LocalHost
from prdrunner_tui.workers.port import (
    CommandEnded,
    Edited,
    Message,
    Noted,
    Planned,
    Receipt,
    Said,
    Thought,
    Turn,
    TurnResult,
    UsageReported,
)
from prdrunner_tui.workers.scripted import create
from prdrunner_tui.workers.scripted.recording import read_recording


def host_for(tmp_path: Path, answers: dict[str, str] | None = None) -> LocalHost:
    return LocalHost(Case(create, {}, {}, {}, tmp_path, tmp_path, answers or {}))


async def play(
    tmp_path: Path, actions: str, *, answers: dict[str, str] | None = None, speed: float = 0
) -> tuple[TurnResult, LocalHost]:
    host = host_for(tmp_path, answers)
    options = {"recording": f"recording: T\ndefault:\n  implement:\n{actions}", "speed": speed}
    turn = Turn(
        "k", "r", "phase-9", "implement", 1, str(tmp_path), "p", str(tmp_path / "r.json"), options=options
    )
    try:
        return await create(options).run(turn, host), host
    finally:
        await host.close()


async def test_a_recording_says_first_that_it_is_one(tmp_path: Path) -> None:
    result, host = await play(tmp_path, "    - talk: hello\n")
    assert result.outcome == "ended"
    assert host.updates == [Noted("this is a recording, no agent runs: T"), Said("hello")]


async def test_all_that_an_agent_does(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("a = 1\n")
    actions = """\
    - thought: hm
    - plan: [one, {text: two, status: completed}]
    - edit: {path: new/x.py, write: "x = 1\\n"}
    - edit: {path: old.py, replace: a = 1, with: a = 2}
    - edit: {path: new/x.py, mode: "755"}
    - command: cat old.py; exit 3
    - usage: {input: 10, output: 5, cost_usd: 0.5}
    - ask: {question: "which?", choices: [a, b]}
    - talk: "you said {answer}"
    - write_result: {ok: true, issues: []}
"""
    result, host = await play(tmp_path, actions, answers={"which?": "b"})
    assert result.outcome == "ended"
    assert (tmp_path / "new/x.py").read_text() == "x = 1\n"
    assert (tmp_path / "new/x.py").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "old.py").read_text() == "a = 2\n"
    assert host.output == b"a = 2\n"
    assert json.loads((tmp_path / "r.json").read_text()) == {"ok": True, "issues": []}
    for wanted in (
        Thought("hm"),
        CommandEnded("k/c1", 3),
        Said("you said b"),
        UsageReported("turn", input=10, output=5, cost_usd=0.5),
    ):
        assert wanted in host.updates
    edits = [u for u in host.updates if isinstance(u, Edited)]
    assert [(e.path, e.change, e.added, e.removed) for e in edits] == [
        ("new/x.py", "added", 1, 0), ("old.py", "changed", 1, 1), ("new/x.py", "mode", 0, 0)
    ]  # fmt: skip
    assert any(isinstance(u, Planned) and len(u.entries) == 2 for u in host.updates)


async def test_talk_is_streamed_at_speed(tmp_path: Path) -> None:
    _, host = await play(tmp_path, "    - talk: a text that is longer than one part of it\n", speed=0.01)
    parts = [u for u in host.updates if isinstance(u, Said)]
    assert len(parts) > 2 and len({u.item for u in parts}) == 1
    assert "".join(u.text for u in parts) == "a text that is longer than one part of it\n"


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("    - fail: the model is down\n", TurnResult("failed", "the model is down")),
        ("    - refuse: I will not\n", TurnResult("refused", "I will not")),
        ("    - limit: come back at noon\n", TurnResult("limit", "come back at noon")),
        ("    - exit: 3\n", TurnResult("failed", "exit 3", 3)),
        ("    - exit: {signal: 9}\n", TurnResult("failed", "exit 137, killed", None, 9)),
        ("    - lie: all tests pass\n    - edit: {path: x, write: y}\n", TurnResult("ended", "exit 0", 0)),
    ],
)
async def test_how_turns_end(tmp_path: Path, actions: str, expected: TurnResult) -> None:
    result, _ = await play(tmp_path, actions)
    assert result == expected
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("path", ["../out", "/tmp/out", "a/../../out", "link/x", "leaf", "."])
async def test_edits_stay_in_the_workspace(tmp_path: Path, path: str) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    (inside / "leaf").symlink_to(outside / "x")
    with pytest.raises(Problem, match=r"recording:4:"):
        await play(inside, f"    - edit: {{path: {path}, write: evil}}\n")
    assert list(outside.iterdir()) == []


async def test_messages_get_receipts_and_reach_the_script(tmp_path: Path) -> None:
    host = host_for(tmp_path)
    options = {
        "recording": "default:\n  implement:\n    - wait_message\n    - talk: 'heard {message}'\n",
        "speed": 0,
    }
    turn = Turn("k", "r", "p", "implement", 1, str(tmp_path), "p")
    task = asyncio.ensure_future(create(options).run(turn, host))
    host.say(Message("m1", "use tabs"))
    assert (await asyncio.wait_for(task, 5)).outcome == "ended"
    assert [u for u in host.updates if isinstance(u, Receipt | Said)] == [
        Receipt("m1", "delivered"), Receipt("m1", "acknowledged"), Said("heard use tabs")
    ]  # fmt: skip


async def test_iterations_and_phases_are_found_and_defaults_apply() -> None:
    text = b"""\
phases:
  p1:
    implement:
      1: [{talk: one}]
      default: [{talk: more}]
default:
  implement: [{talk: any}]
"""
    recording = read_recording(text, name="demo.yaml")

    def said(phase: str, iteration: int) -> str:
        (action,) = recording.actions(phase, "implement", iteration)
        return str(action.fields["text"])

    assert [said("p1", 1), said("p1", 7), said("p2", 1)] == ["one", "more", "any"]
    with pytest.raises(Problem, match="nothing for phase p1, step review, iteration 1"):
        recording.actions("p1", "review", 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "default:\n  implement:\n    - tlak: hi\n",
            "r.yaml:3:7: 'tlak' is not known here; did you mean talk?",
        ),
        ("default:\n  implement:\n    - talk: [1]\n", "r.yaml:3:"),
        ("default:\n  implement:\n    - edit: {write: x}\n", "edit: path is missing"),
        ("default:\n  implement:\n    - delay: soon\n", "delay: seconds is not of the right type"),
        ("default:\n  implement: 3\n", "r.yaml:2:14: a step must be a mapping"),
        ("default:\n  implement:\n    x: []\n", "iteration 'x' is no number"),
        ("phases: []\n", "r.yaml:1:9: phases must be a mapping"),
        ("recording: x\n", "holds no phases"),
        ("fases: {}\n", "r.yaml:1:1: 'fases' is not known here; did you mean phases?"),
        ("default: {a: [\n", "r.yaml:"),
        ("a: !!python/object/apply:os.system [id]\n", "tag"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, words: str) -> None:
    with pytest.raises(Problem) as caught:
        read_recording(text.encode(), name="r.yaml")
    assert words in str(caught.value)


@pytest.mark.parametrize("options", [{}, {"file": "relative.yaml"}, {"file": "/nowhere/x.yaml"}, {"sped": 1}])
def test_options_that_do_not_fit_are_told(options: dict[str, object]) -> None:
    with pytest.raises(Problem):
        create(options)
