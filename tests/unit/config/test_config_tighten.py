"""A repository's configuration may only tighten what agents may do."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.config.layers import load

MINE = "permissions:\n  commands: {allow: [pytest *], deny: [git push *]}\n  paths: {edit: [src/**]}\n"
THEIRS = """\
permissions:
  commands: {allow: ['curl *'], ask: [pytest *], deny: [rm *, git push *]}
  paths: {read: ['**'], edit: ['**'], deny: [secrets/]}
  network: {allow: [evil.net]}
  profiles:
    fast: {commands: {allow: ['sh -c x'], deny: [make *]}}
"""


@pytest.mark.parametrize("trusted", [True, False])
def test_a10_a_repository_can_ask_and_deny_but_not_allow(tmp_path: Path, trusted: bool) -> None:
    user, repo = tmp_path / "user.yaml", tmp_path / "repo.yaml"
    user.write_text(MINE)
    repo.write_text(THEIRS)
    found = load(user, repo, trusted=trusted)
    rules = found.config.permissions
    assert rules.commands.allow == ("pytest *",) and rules.commands.ask == ("pytest *",)
    assert rules.commands.deny == ("git push *", "rm *")
    assert (rules.paths.read, rules.paths.edit, rules.paths.deny) == ((), ("src/**",), ("secrets/",))
    assert rules.network.allow == ()
    assert (rules.profiles["fast"].commands.allow, rules.profiles["fast"].commands.deny) == ((), ("make *",))
    dropped = [
        notice for notice in found.notices if "is not taken, a repository allows agents nothing" in notice
    ]
    assert len(dropped) == 5 and dropped[0].startswith(f"{repo}:2:14: permissions.commands.allow")


def test_an_option_of_the_run_is_the_persons_word(tmp_path: Path) -> None:
    user = tmp_path / "user.yaml"
    user.write_text(MINE)
    rules = load(user, None, {"permissions.commands.deny": []}, trusted=False).config.permissions
    assert rules.commands.deny == ()
