"""A07: one request against the rules of its phase, and what a person allowed always."""

from __future__ import annotations

import dataclasses

import pytest

from prdrunner_tui.kernel.state import Grant, RequestKind
from prdrunner_tui.rules.commands import Rules
from prdrunner_tui.rules.hosts import HostRules
from prdrunner_tui.rules.paths import PathRules
from prdrunner_tui.rules.permission import (
    MAX_PARTS,
    Permissions,
    Request,
    decide,
    read_request,
    scope,
)
from prdrunner_tui.rules.verdict import Verdict, strictest

RULES = Permissions(
    Rules(("pytest *", "cat *"), (), ("git push *", "rm *")),
    PathRules(("**",), ("src/**",), ("src/ask.py",), ("**/.env", "secrets/")),
    HostRules(("example.org",), (), ("*.evil.net",)),
)


def judged(
    kind: RequestKind, *parts: str, rules: Permissions = RULES, grants: tuple[Grant, ...] = ()
) -> Verdict:
    return decide(Request(kind, parts), rules, phase="p", grants=grants, workspace="/ws")


def always(kind: RequestKind, *parts: str) -> Grant:
    wanted = scope(Request(kind, parts))
    assert wanted is not None
    return Grant("d1", "p", kind, wanted)


@pytest.mark.parametrize(
    ("kind", "parts", "answer"),
    [
        ("command", ("pytest -q /ws/tests",), "allow"),
        ("command", ("pytest -q /else",), "ask"),
        ("command", ("git push",), "deny"),
        ("command", ("ls",), "ask"),
        ("edit", ("src/a.py",), "allow"),
        ("edit", ("/ws/src/a.py",), "allow"),
        ("edit", ("README.md",), "ask"),
        ("read", ("README.md",), "allow"),
        ("read", ("a/.env",), "deny"),
        ("edit", ("src/a.py", "README.md"), "ask"),
        ("edit", ("README.md", "secrets/x", "src/a.py"), "deny"),
        ("edit", (), "ask"),
        ("read", tuple("a" for _ in range(MAX_PARTS + 1)), "ask"),
        ("network", ("https://example.org/x",), "allow"),
        ("network", ("example.org", "other.org"), "ask"),
        ("network", ("example.org", "a.evil.net"), "deny"),
        ("tool", ("mcp: whatever",), "ask"),
        ("tool", (), "ask"),
    ],
)
def test_each_kind_has_its_rules_and_the_strictest_part_counts(
    kind: RequestKind, parts: tuple[str, ...], answer: str
) -> None:
    assert judged(kind, *parts).answer == answer


@pytest.mark.parametrize("kind", ["command", "edit", "read", "network", "tool"])
def test_without_rules_everything_is_asked(kind: RequestKind) -> None:
    assert judged(kind, "a", rules=Permissions()).answer == "ask"


@pytest.mark.parametrize(
    "word", [".env", "./.env", "a/.ENV", "--file=.env", "-f=x:.env", "/ws/.env", "secrets/key"]
)
def test_a07_an_allowed_command_that_names_a_refused_path_is_asked(word: str) -> None:
    verdict = judged("command", f"cat {word}")
    assert verdict.answer == "ask" and "refused by your rule" in verdict.why


def test_a_grant_allows_this_very_request_in_this_phase() -> None:
    grant = always("command", "ls -la")
    assert grant == Grant("d1", "p", "command", ("ls", "-la"))
    verdict = judged("command", "ls  '-la'", grants=(grant,))
    assert (verdict.answer, verdict.why) == ("allow", "always allowed by d1")
    for line in ("ls", "ls -la x", "ls -la; rm x", "ls -l", "LS -la", "/bin/ls -la", "A=1 ls -la"):
        assert judged("command", line, grants=(grant,)).answer != "allow", line
    moved = dataclasses.replace(grant, phase="another")
    assert judged("command", "ls -la", grants=(moved,)).answer == "ask"
    assert judged("command", "ls -la", grants=(moved, grant)).answer == "allow"


def test_a_grant_never_beats_a_deny_rule() -> None:
    for kind, part in (
        ("command", "git push"),
        ("edit", ".git/config"),
        ("read", ".env"),
        ("network", "a.evil.net"),
    ):
        assert judged(kind, part, grants=(always(kind, part),)).answer == "deny"  # type: ignore[arg-type]
    later = Permissions(Rules(deny=("ls *",)))
    assert judged("command", "ls", rules=later, grants=(always("command", "ls"),)).answer == "deny"


def test_a_grant_beats_an_ask_rule_and_is_of_its_kind_only() -> None:
    grant = always("edit", "src/ask.py")
    assert judged("edit", "src/ask.py").answer == "ask"
    assert judged("edit", "src/ask.py", grants=(grant,)).answer == "allow"
    assert judged("read", "src/ask.py", grants=(grant,)).answer == "ask"
    assert judged("edit", "src/ask.py", "README.md", grants=(grant,)).answer == "ask"
    assert judged("edit", "src/../src/ask.py", grants=(grant,)).answer == "ask"
    line = always("command", "ls | wc -l")
    assert line.parts == ("ls | wc -l",)
    assert judged("command", "ls | wc -l", grants=(line,)).answer == "allow"
    assert judged("command", "ls |  wc -l", grants=(line,)).answer == "ask"


@pytest.mark.parametrize(
    "line",
    [
        "ls $X",
        "ls `x`",
        "ls *.py",
        "ls a?",
        "ls [a]",
        "ls {a,b}",
        "cat ~/x",
        "ls !!",
        "^a^b",
        "ls\npwd",
        "ls \u202e",
        'echo "$X"',
    ],
)
def test_a07_what_a_shell_fills_in_cannot_be_allowed_always(line: str) -> None:
    assert scope(Request("command", (line,))) is None
    forged = Grant("d1", "p", "command", (line,))
    assert judged("command", line, grants=(forged,)).answer == "ask"


def test_what_is_only_a_name_or_nothing_or_two_lines_cannot_be_allowed_always() -> None:
    for request in (Request("tool", ("x",)), Request("edit", ()), Request("command", ("ls", "pwd"))):
        assert scope(request) is None


def test_two_sets_of_rules_stand_beside_one_another() -> None:
    both = RULES.plus(
        Permissions(Rules(("ls *",), ("pytest *",), ("cat *",)), network=HostRules(("other.org",)))
    )
    assert judged("command", "ls", rules=both).answer == "allow"
    assert judged("command", "pytest", rules=both).answer == "ask"
    assert judged("command", "cat x", rules=both).answer == "deny"
    assert judged("network", "other.org", rules=both).answer == "allow"
    assert judged("edit", "src/a", rules=both).answer == "allow"


def test_what_an_adapter_tells_is_a_request() -> None:
    assert read_request("command", "ls -l") == Request("command", ("ls -l",))
    assert read_request("edit", "@@ diff", ["a", "b"]) == Request("edit", ("a", "b"))
    assert read_request("read", "a", iter("a")) == Request("read", ("a",))
    assert read_request("network", "example.org") == Request("network", ("example.org",))
    assert read_request("mcp__db", "drop") == Request("tool", ("mcp__db",))
    nothing = decide(read_request("edit", "@@ diff"), RULES, phase="p")
    assert (nothing.answer, nothing.why) == ("ask", "it does not say what it touches")


def test_the_strictest_verdict() -> None:
    allow, ask, deny = Verdict("allow", "a"), Verdict("ask", "b"), Verdict("deny", "c")
    assert strictest((allow, deny, ask)) is deny and strictest((ask, Verdict("ask", "d"))) is ask
    with pytest.raises(ValueError):
        strictest(())
