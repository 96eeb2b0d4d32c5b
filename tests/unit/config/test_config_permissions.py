"""What agents may do, as it is written in the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.config.layers import Loaded, load
from prdrunner_tui.config.permissions import grows, widening
from prdrunner_tui.rules.commands import Rules
from prdrunner_tui.rules.hosts import HostRules
from prdrunner_tui.rules.paths import PathRules
from prdrunner_tui.rules.permission import Permissions
from prdrunner_tui.text.problem import Problem

MINE = """\
permissions:
  commands:
    allow: [pytest *, 'git commit -m *']
    ask: ['*install *']
    deny: [git push *]
  paths: {read: ['**'], edit: [src/**], ask: [src/a.py], deny: ['**/.env']}
  network: {allow: [example.org, '*.example.net'], deny: [127.0.0.1]}
  profiles:
    fast:
      commands: {allow: [npm test], deny: [npm publish *]}
"""


def loaded(tmp_path: Path, text: str) -> Loaded:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    return load(path, None, trusted=False)


def test_without_a_file_nothing_is_allowed() -> None:
    assert load(None, None, trusted=False).config.permissions.rules_for("x") == Permissions()


def test_the_rules_of_everyone_and_those_of_a_profile(tmp_path: Path) -> None:
    found = loaded(tmp_path, MINE).config.permissions
    everyone = Permissions(
        Rules(("pytest *", "git commit -m *"), ("*install *",), ("git push *",)),
        PathRules(("**",), ("src/**",), ("src/a.py",), ("**/.env",)),
        HostRules(("example.org", "*.example.net"), (), ("127.0.0.1",)),
    )
    assert found.rules_for("") == found.rules_for("slow") == everyone
    assert found.rules_for("fast") == everyone.plus(Permissions(Rules(("npm test",), (), ("npm publish *",))))


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            "permissions: {commands: {allow: [pytest *, ls; rm]}}",
            "1:44",
            'commands.allow.2 "ls; rm" is no rule: it is more',
        ),
        (
            "permissions:\n  commands:\n    allow:\n      - '*'",
            "4:9",
            "an allow rule begins with the name of a program",
        ),
        ("permissions: {commands: {deny: [ls > x]}}", "1:33", "it has a redirection"),
        ("permissions: {commands: {allow: pytest *}}", "1:33", "must be a list"),
        ("permissions: {commands: {alow: [x]}}", "1:26", "unknown key permissions.commands.alow"),
        ("permissions: {paths: {allow: [x]}}", "1:23", "unknown key permissions.paths.allow"),
        ("permissions: {paths: {edit: [../x]}}", "1:30", "must stay inside the workspace"),
        ("permissions: {paths: {deny: ['[a]']}}", "1:30", "only *, ? and ** are patterns"),
        ("permissions: {network: {allow: ['*']}}", "1:33", "is no host"),
        ("permissions: {profiles: {a: {commands: {ask: ['']}}}}", "1:47", "must not be empty"),
        ("permissions: {profiles: {a b: {}}}", "1:31", "may hold only letters"),
        ("permissions: {profiles: {a: {profiles: {}}}}", "1:30", "unknown key"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_told_with_its_place(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    with pytest.raises(Problem) as caught:
        loaded(tmp_path, text)
    assert caught.value.where == f"{tmp_path}/c.yaml:{where}"
    assert what in caught.value.message and caught.value.hint and caught.value.code == 2


def test_an_untrusted_repository_allows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "repo.yaml"
    path.write_text(MINE)
    found = load(None, path, trusted=False).config.permissions
    assert found.commands.allow == found.paths.read == found.paths.edit == found.network.allow == ()


def test_which_keys_only_the_persons_own_file_may_hold() -> None:
    values = {
        "commands": {"allow": [], "ask": [], "deny": []},
        "paths": {"read": [], "edit": [], "ask": [], "deny": []},
        "network": {"deny": []},
        "profiles": {"a": {"commands": {"allow": []}, "paths": 3}, "b": None},
    }
    assert list(widening(values)) == [  # type: ignore[arg-type]
        ("commands", "allow"),
        ("paths", "read"),
        ("paths", "edit"),
        ("profiles", "a", "commands", "allow"),
    ]
    assert list(widening(None)) == list(widening([])) == []


def test_which_lists_grow_from_layer_to_layer() -> None:
    assert grows(("permissions", "commands", "deny")) and grows(
        ("permissions", "profiles", "a", "paths", "ask")
    )
    assert not grows(("permissions", "commands", "allow")) and not grows(("deny",)) and not grows(("redact",))
