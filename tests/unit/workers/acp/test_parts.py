"""The pure parts: usage readers, profiles, tool calls, diffs, lines."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prdrunner_tui.agents.lines import decode_line, encode_line
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.acp.adapter import create
from prdrunner_tui.workers.acp.client import choose
from prdrunner_tui.workers.acp.diffs import edited
from prdrunner_tui.workers.acp.link import LineCutter, read_message
from prdrunner_tui.workers.acp.outcome import Seen
from prdrunner_tui.workers.acp.plain import count, identifier, inside, money, text
from prdrunner_tui.workers.acp.profile import FromEnvironment, from_options, names, profile, read_profile
from prdrunner_tui.workers.acp.tools import ToolCalls
from prdrunner_tui.workers.acp.usage import READERS
from prdrunner_tui.workers.port import (
    CommandOutput,
    Permission,
    PermissionChoice,
    UsageReported,
    from_json,
    to_json,
)

# Usage: what the programs really sent.


def context(used: int, amount: float | None = None, **meta: int) -> dict[str, Any]:
    cost = {} if amount is None else {"cost": {"amount": amount, "currency": "USD"}}
    return {"sessionUpdate": "usage_update", "used": used, "size": 200_000, **cost, "_meta": meta}


def read(
    kind: str, before: list[Any], updates: list[Any], answers: list[Any], *, resumed: bool = False
) -> UsageReported:
    reader = READERS[kind]()
    for update in before:
        assert reader.update(update) is None
    reader.prompted(resumed=resumed)
    told = [reader.update(u) for u in updates] + [reader.answer(a) for a in answers]
    return [u for u in told if u is not None][-1]


def test_claude_counts_cached_tokens_apart_and_a_steered_turn_has_two_answers() -> None:
    none = {"inputTokens": 0, "outputTokens": 0, "cachedReadTokens": 0, "cachedWriteTokens": 0}
    usage = {"inputTokens": 1170, "outputTokens": 280, "cachedReadTokens": 5000, "cachedWriteTokens": 0}
    found = read("claude", [], [context(1235, 0.00921)], [{"usage": none}, {"usage": usage}])
    assert (found.scope, found.input, found.output, found.cached, found.cost_usd) == (
        "turn",
        6170,
        280,
        5000,
        0.00921,
    )
    assert (found.context_used, found.context_size) == (1235, 200_000)


def test_qwen_tells_each_request_and_they_are_summed() -> None:
    chunk = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": ""}}
    usage = {"inputTokens": 1234, "outputTokens": 56, "thoughtTokens": 6, "cachedReadTokens": 1000}
    history = {**chunk, "_meta": {"usage": {"inputTokens": 9}}}
    found = read("qwen", [history], [{**chunk, "_meta": {"usage": usage}}] * 3, [])
    assert (found.scope, found.input, found.output, found.cached, found.reasoning) == (
        "turn",
        3702,
        168,
        3000,
        18,
    )
    assert found.cost_usd is None


def test_vibe_runs_on_over_a_session_and_the_turn_is_the_difference() -> None:
    before = context(1290, 0.02271, promptTokens=6170, completionTokens=280, cachedTokens=5000)
    after = context(1290, 0.027252, promptTokens=7404, completionTokens=336, cachedTokens=6000)
    answer = {"usage": {"inputTokens": 7404, "outputTokens": 336, "cachedReadTokens": 6000}}
    found = read("vibe", [before], [before, after], [answer], resumed=True)
    assert (found.input, found.output, found.cached, found.cost_usd) == (1234, 56, 1000, 0.004542)
    assert (found.scope, found.cost_scope) == ("turn", "turn")


def test_totals_of_a_resumed_session_that_told_nothing_before_the_turn_are_told_as_such() -> None:
    told = context(1290, 0.027252, promptTokens=7404, completionTokens=336)
    found = read("vibe", [], [told], [], resumed=True)
    assert (found.scope, found.input, found.output) == ("session_total", 7404, 336)
    assert (found.cost_usd, found.cost_scope) == (0.027252, "session_total")
    fresh = read("vibe", [], [told], [])
    assert (fresh.scope, fresh.cost_scope) == ("turn", "turn")


def test_opencode_tells_its_last_request_and_a_running_cost() -> None:
    answer = {"usage": {"inputTokens": 234, "outputTokens": 56, "cachedReadTokens": 1000}}
    fresh = read("opencode", [], [context(1234, 0.00921)], [answer])
    assert (fresh.scope, fresh.input, fresh.cost_usd, fresh.cost_scope) == (
        "last_request",
        1234,
        0.00921,
        "turn",
    )
    resumed = read("opencode", [], [context(1234, 0.011052)], [answer], resumed=True)
    assert (resumed.cost_usd, resumed.cost_scope) == (0.011052, "session_total")
    assert read("opencode", [], [context(7, 0.0)], []).cost_usd is None


def test_gemini_tells_its_quota_and_codex_only_the_context() -> None:
    tokens = {"input_tokens": 6170, "output_tokens": 280}
    quota = {"token_count": tokens, "model_usage": [{"model": "gemini-2.5-pro", "token_count": tokens}]}
    found = read("gemini", [], [], [{"_meta": {"quota": quota}}])
    assert (found.input, found.output, found.model) == (6170, 280, "gemini-2.5-pro")
    assert read("codex", [], [context(1290)], [{"stopReason": "end_turn"}]).input is None


KEYS = ["usage", "_meta", "cost", "amount", "inputTokens", "quota", "token_count", "promptTokens"]
junk_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", sorted(READERS))
@settings(deadline=None)
@given(junk=junk_values)
def test_no_reader_breaks_or_tells_what_the_wire_cannot_take(kind: str, junk: Any) -> None:
    reader = READERS[kind]()
    reader.prompted(resumed=True)
    told = [
        reader.update(
            {"sessionUpdate": "usage_update", "_meta": junk, "cost": junk, "used": junk, "size": junk}
        )
    ]
    told += [
        reader.answer({"usage": junk, "_meta": junk}),
        reader.answer(junk if isinstance(junk, dict) else {}),
    ]
    for update in told:
        if update is not None:
            decode_line(encode_line({"update": to_json(update)}).strip())


# Profiles.


def test_every_profile_that_comes_along_can_be_read_and_says_how_it_is_got() -> None:
    assert names() == ("claude-agent-acp", "codex-acp", "gemini", "opencode", "qwen", "vibe")
    for name in names():
        found = profile(name)
        assert found.title and found.argv and found.auth and found.install, name
        assert create({"profile": name}).capabilities.permissions


def test_variables_come_from_the_turns_environment_and_from_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEAK", "1")
    env = {"A": {"from": "B"}, "C": "c", "D": {"from": "LEAK"}}
    found = from_options({"argv": ["x"], "env": env})
    assert found.environment({"B": "b", "PATH": "p"}) == {"A": "b", "B": "b", "C": "c", "PATH": "p"}
    assert found.wanted() == ("B", "LEAK")
    assert found.env["A"] == FromEnvironment("B")


def test_options_are_laid_over_a_profile() -> None:
    found = from_options(
        {"profile": "qwen", "argv": ["/opt/qwen", "--acp"], "env": {"X": "1"}, "mode": "plan"}
    )
    assert (found.argv, found.mode, found.usage) == (("/opt/qwen", "--acp"), "plan", "qwen")
    assert set(found.env) > {"X", "OPENAI_API_KEY"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs profile: or argv:"),
        ({"profile": 7}, "must be the name"),
        ({"profile": "../qwen"}, "there is no agent profile '../qwen'"),
        ({"profile": "qwenn"}, "did you mean qwen?"),
        ({"argv": "qwen --acp"}, "argv: a list of words is needed"),
        ({"argv": []}, "argv: a list of words is needed"),
        ({"argv": ["a\0b"]}, "argv: text of at most"),
        ({"argv": ["x"], "stear": "inject"}, "did you mean steer?"),
        ({"argv": ["x"], "steer": "injet"}, "did you mean inject?"),
        ({"argv": ["x"], "env": {"A": {"form": "B"}}}, "env: a variable is text, or {from: NAME}"),
        ({"argv": ["x"], "env": ["A"]}, "env: a mapping is needed"),
        ({"argv": ["x"], "resume": "yes"}, "resume: true or false is needed"),
        ({"argv": ["x"], "permissions": {"a": "allow"}}, "permissions: 'allow' is none of"),
        ({"argv": ["x"], "start_seconds": True}, "start_seconds: seconds up to 3600"),
        ({"argv": ["x"], "name": "y"}, "an agent profile has no 'name'"),
    ],
)
def test_a_mistake_in_the_options_is_told(options: dict[str, Any], words: str) -> None:
    with pytest.raises(Problem) as caught:
        create(options)
    assert words in str(caught.value)


def test_a_mistake_in_a_file_is_told_with_its_place() -> None:
    with pytest.raises(Problem) as caught:
        read_profile(b"title: x\nargv: [x]\nsteer: push\n", name="mine", shown="mine.yaml")
    assert caught.value.where == "mine.yaml:3:1"


# Tool calls: the order in which the programs really tell them.


def told(*updates: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    calls = ToolCalls(lambda u: found.append(to_json(u)), ["/w"], "k", Seen())
    for update in updates:
        calls.update({"toolCallId": "c", **update})
    calls.end_all()
    return found


def block(words: str) -> list[dict[str, Any]]:
    return [{"type": "content", "content": {"type": "text", "text": words}}]


def test_claude_fills_a_command_in_and_its_description_is_no_output() -> None:
    found = told(
        {"status": "pending", "kind": "execute", "title": "Terminal", "rawInput": {}, "content": []},
        {"kind": "execute", "title": "ls", "rawInput": {"command": "ls -a"}, "content": block("list them")},
        {"_meta": {}},
        {
            "status": "failed",
            "rawOutput": "Exit code 2\nno such",
            "content": block("```\nExit code 2\nno such\n```"),
        },
    )
    assert [u["kind"] for u in found] == ["command_started", "command_output", "command_ended"]
    assert (found[0]["command"], found[2]["exit_code"]) == ("ls -a", 2)


def test_opencode_sends_the_output_so_far_and_only_what_is_new_is_told() -> None:
    live = {"status": "in_progress", "kind": "execute", "title": "make"}
    found = told(
        {"status": "pending", "kind": "execute", "title": "bash", "rawInput": {}},
        {**live, "rawInput": {"command": "make"}},
        {**live, "content": block("one\n")},
        {**live, "content": block("one\ntwo\n")},
        {"status": "completed", "rawOutput": {"output": "one\ntwo\nthree\n", "metadata": {"exit": 0}}},
        {"status": "completed", "rawOutput": {"output": "again"}},
    )
    outputs = [from_json(u) for u in found if u["kind"] == "command_output"]
    assert b"".join(o.data for o in outputs if isinstance(o, CommandOutput)) == b"one\ntwo\nthree\n"
    assert found[-1] == {"kind": "command_ended", "id": "k/t1", "exit_code": 0}


def test_gemini_and_qwen_tell_only_the_end_of_an_edit() -> None:
    diff = {"type": "diff", "path": "hello.txt", "oldText": "a\n", "newText": "b\n"}
    found = told({"status": "completed", "kind": "edit", "title": "Edit", "content": [diff]})
    assert [u["kind"] for u in found] == ["tool_started", "edited", "tool_ended"]
    assert (found[1]["path"], found[1]["added"], found[1]["removed"]) == ("hello.txt", 1, 1)


def test_an_edit_without_a_diff_is_told_by_its_place() -> None:
    found = told(
        {"status": "completed", "kind": "edit", "title": "write", "locations": [{"path": "/w/a/b.py"}]}
    )
    assert (found[1]["path"], found[1]["change"], found[1]["added"]) == ("a/b.py", "changed", None)


def test_an_edit_that_failed_is_no_edit() -> None:
    diff = {"type": "diff", "path": "/w/x", "newText": "b\n"}
    found = told({"status": "failed", "kind": "edit", "title": "E", "content": [diff], "rawOutput": "<no>"})
    assert [u["kind"] for u in found] == ["tool_started", "tool_ended"]
    assert (found[1]["ok"], found[1]["detail"]) == (False, "<no>")


def test_a_call_that_is_left_open_ends_with_the_turn() -> None:
    found = told({"status": "in_progress", "kind": "read", "title": "Read x"})
    assert [u["kind"] for u in found] == ["tool_started", "tool_ended"]


def test_the_command_that_is_asked_for_is_the_input_and_not_the_title() -> None:
    """A15: a harmless title does not hide the command."""
    calls = ToolCalls(lambda u: None, ["/w"], "k", Seen())
    call = {
        "toolCallId": "c",
        "kind": "execute",
        "title": "ls",
        "rawInput": {"command": ["rm", "-rf", "a b"]},
    }
    assert calls.asked(call) == ("command", "rm -rf 'a b'", ())
    assert calls.asked({"toolCallId": "d", "kind": "fetch", "title": "http://x"}) == ("fetch", "http://x", ())
    diff = {"type": "diff", "path": "/w/p", "newText": "x"}
    action, _, paths = calls.asked({"toolCallId": "e", "title": "note", "content": [diff]})
    assert (action, paths) == ("edit", ("p",))


def test_rules_judge_a_command_only_where_nothing_else_is_said_of_it() -> None:
    calls = ToolCalls(lambda u: None, ["/w"], "k", Seen())
    plain = {"command": "pytest -q", "description": "tests", "is_background": False}
    assert calls.asked({"toolCallId": "p", "kind": "execute", "rawInput": plain})[0] == "command"
    behind = {**plain, "is_background": True}
    assert calls.asked({"toolCallId": "b", "kind": "execute", "rawInput": behind})[0] == "tool"
    for number, told_of in enumerate(
        (
            {},
            {"command": "pytest", "cwd": "/etc"},
            {"command": "pytest", "env": {"PATH": "/x"}},
            {"cmd": "rm -rf x"},
        )
    ):
        call = {"toolCallId": f"c{number}", "kind": "execute", "title": "pytest -q", "rawInput": told_of}
        assert calls.asked(call)[0] == "tool"


def test_codex_runs_through_a_shell_and_what_the_shell_reads_is_the_command() -> None:
    calls = ToolCalls(lambda u: None, ["/w"], "k", Seen())
    for words, shown in (
        (["/bin/bash", "-lc", "cat a && rm b"], "cat a && rm b"),
        (["/tmp/bash", "-lc", "cat a"], "/tmp/bash -lc 'cat a'"),
        (["bash", "-lc", "cat a", "x"], "bash -lc 'cat a' x"),
    ):
        key = " ".join(words)
        assert calls.asked({"toolCallId": key, "kind": "execute", "rawInput": {"command": words}})[1] == shown


def test_gemini_describes_a_command_in_its_request_and_that_is_no_output() -> None:
    found: list[dict[str, Any]] = []
    calls = ToolCalls(lambda u: found.append(to_json(u)), ["/w"], "k", Seen())
    request = {
        "toolCallId": "c",
        "kind": "execute",
        "status": "pending",
        "title": "ls",
        "content": block("list it"),
    }
    assert calls.asked(request) == ("tool", "ls", ())
    calls.answered(request, allowed=True)
    calls.update({"toolCallId": "c", "kind": "execute", "status": "completed", "title": "ls", "content": []})
    assert [u["kind"] for u in found] == ["command_started", "command_ended"]


def test_the_place_of_an_edit_is_not_the_end_of_its_file() -> None:
    diff = {"type": "diff", "path": "/w/f", "oldText": "a", "newText": "b"}
    found = told({"status": "completed", "kind": "edit", "_meta": {"toolName": "edit"}, "content": [diff]})
    assert found[0]["title"] == "edit"
    assert found[1]["diff"] == "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"


def test_a_flood_of_calls_is_held_in_bounds() -> None:
    calls = ToolCalls(lambda u: None, ["/w"], "k", Seen())
    for number in range(5000):
        calls.update({"toolCallId": str(number), "kind": "read", "status": "pending"})
        calls.update({"toolCallId": f"d{number}", "kind": "read", "status": "completed"})
    assert len(calls._open) <= 1001 and len(calls._done) <= 1001


# Diffs.


lines = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\x0c\n", "+\n", "@@\n"]), max_size=12)
ends = st.sampled_from(["", "end"])


@settings(deadline=None)
@given(lines, ends, lines, ends)
def test_a_diff_applied_to_the_old_text_gives_the_new(
    tmp_path_factory: Any, old: list[str], old_end: str, new: list[str], new_end: str
) -> None:
    before, after = "".join(old) + old_end, "".join(new) + new_end
    found = edited("f", before, after)
    assert applied(before, found.diff) == after
    assert found.added is not None and found.removed is not None


def applied(before: str, diff: str) -> str:
    """The simplest reading of a unified diff."""
    parts = before.split("\n")
    old = [p + "\n" for p in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
    made: list[str] = []
    at, last = 0, " "
    for line in diff.split("\n")[2:-1] if diff else ():
        if line.startswith("@@ "):
            start, _, length = line.split(" ")[1][1:].partition(",")
            first = int(start) - (0 if length == "0" else 1)
            made += old[at:first]
            at = first
        elif line.startswith("\\"):
            if last in " +":
                made[-1] = made[-1].removesuffix("\n")
        else:
            last = line[0]
            if last in " -":
                at += 1
            if last in " +":
                made.append(line[1:] + "\n")
    return "".join(made + old[at:])


def test_git_takes_the_diff_of_a_large_rewrite(tmp_path: Path) -> None:
    before = "".join(f"line {n}\n" for n in range(5000))
    after = "".join(f"line {n}!\n" if 3 < n < 4990 else f"line {n}\n" for n in range(5000)) + "no end"
    found = edited("f", before, after)
    (tmp_path / "f").write_text(before)
    subprocess.run(["git", "apply", "-"], input=found.diff.encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "f").read_text() == after


def test_new_and_deleted_files() -> None:
    assert edited("f", None, "x\n").change == "added"
    gone = edited("f", "x\n", None)
    assert (gone.change, gone.added, gone.removed) == ("deleted", 0, 1)
    assert gone.diff == "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"


# Values, lines, choices.


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40)), st.integers(1, 30))
def test_lines_come_whole_however_they_are_cut(pieces: list[bytes], longest: int) -> None:
    data = b"".join(pieces) + b"\n"
    cutter = LineCutter(longest)
    found = [line for piece in [*pieces, b"\n"] for line in cutter.feed(piece)]
    whole = data.split(b"\n")[:-1]
    assert found == [line for line in whole if len(line) <= longest]
    assert cutter.dropped == sum(1 for line in whole if len(line) > longest)


def test_a_line_that_never_ends_is_not_kept() -> None:
    cutter = LineCutter(1000)
    for _ in range(1000):
        assert cutter.feed(b"x" * 100) == []
    assert len(cutter._part) <= 1000
    assert cutter.feed(b"\n{}\n") == [b"{}"]


def test_what_is_no_message_is_none() -> None:
    for line in (b"", b"x", b"[1]", b"7", b"\xff", b"[" * 100_000, b'{"a": ' * 100_000):
        assert read_message(line) is None
    assert read_message(b'{"id": 1}') == {"id": 1}


def test_values_that_do_not_fit_are_nothing() -> None:
    assert [count(v) for v in (3, -1, 2**60, True, "3", 1.5)] == [3, None, None, None, None, None]
    assert [money(v) for v in (1, -1, float("nan"), float("inf"), 1e300, True)] == [1.0] + [None] * 5
    assert [identifier(v) for v in ("a-1", "a\n", "é", "x" * 300, 7)] == ["a-1", "", "", "", ""]
    assert text("\ud800x") == "?x" and json.dumps(text("é")) and text(7) == ""
    assert inside("/w/a/../b", ["/w"]) == "b" and inside("/w", ["/w"]) == "/w"
    assert inside("/w/../etc/passwd", ["/w"]) == "/w/../etc/passwd"


OFFERED = [
    PermissionChoice("always", "", "allow_always"), PermissionChoice("once", "", "allow_once"),
    PermissionChoice("never", "", "reject_always"), PermissionChoice("no", "", "reject_once"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("allow", "option", "chosen"),
    [(True, None, "once"), (False, None, "no"), (True, "always", "always"), (True, "no", "once"),
     (False, "always", "no"), (False, "never", "never"), (True, "made-up", "once")],
)  # fmt: skip
def test_an_answer_becomes_the_narrowest_option_that_fits(
    allow: bool, option: str | None, chosen: str
) -> None:
    found = choose(OFFERED, Permission(allow, option))
    assert found is not None and found.id == chosen


def test_an_agent_that_offers_only_always_is_not_given_always() -> None:
    assert choose(OFFERED[:1], Permission(True)) is None
    assert choose(OFFERED[2:3], Permission(False)) is not None
