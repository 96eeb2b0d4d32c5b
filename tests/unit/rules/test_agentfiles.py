"""A10: what a repository holds for agents is known, wherever links put it."""

from __future__ import annotations

import pytest

from prdrunner_tui.rules.agentfiles import obeyed, obeyed_files


@pytest.mark.parametrize(
    "path",
    [
        *(b".claude/settings.json", b".claude/hooks/after.sh", b".Claude/Settings.json", b"web/.claude/skills/x"),
        *(b".mcp.json", b".gemini/settings.json", b".qwen/.env", b".codex/config.toml", b"opencode.json"),
        *(b".opencode/plugin/a.ts", b".vibe/config.toml", b".cursor/hooks.json", b".aider.conf.yml", b".env"),
        *(b".claude", b".agents/skills/x.md"),
    ],
)  # fmt: skip
def test_what_can_name_programs_or_addresses_is_obeyed(path: bytes) -> None:
    assert obeyed(path)


@pytest.mark.parametrize(
    "path",
    [b"AGENTS.md", b"CLAUDE.md", b"claude/settings.json", b"docs/.env", b"src/mcp.json", b"x.claude", b""],
)
def test_prose_and_other_names_are_not(path: bytes) -> None:
    assert not obeyed(path)


def reached(links: dict[bytes, bytes], *paths: bytes) -> set[bytes]:
    return set(obeyed_files(dict.fromkeys([*paths, *links], ""), links))


def test_what_a_link_leads_to_is_obeyed_too() -> None:
    assert reached({b".claude": b"tools/claude"}, b"tools/claude/settings.json", b"tools/other") == {
        *(b".claude", b"tools/claude/settings.json")
    }
    assert reached({b".mcp.json": b"./conf/../conf/m.json"}, b"conf/m.json") == {b".mcp.json", b"conf/m.json"}
    assert reached({b".claude/settings.json": b"../s.json"}, b"s.json") == {
        b".claude/settings.json",
        b"s.json",
    }


def test_a_link_is_followed_through_others() -> None:
    links = {b".claude": b"a/x", b"a": b"b", b"b/x/hooks": b"../../scripts"}
    assert reached(links, b"b/x/settings.json", b"scripts/run.sh", b"b/y") == {
        *(b".claude", b"b/x/settings.json", b"b/x/hooks", b"scripts/run.sh")
    }


def test_a_link_to_the_root_reaches_everything() -> None:
    assert reached({b".claude": b"."}, b"settings.json", b"a/b") == {b".claude", b"settings.json", b"a/b"}


@pytest.mark.parametrize("target", [b"/etc", b"../out", b"..", b".claude", b"loop", b"nowhere", b""])
def test_a_link_that_leads_out_round_or_nowhere_is_there_itself(target: bytes) -> None:
    found = reached({b".claude": target, b"loop": b"loop2", b"loop2": b"loop"}, b"src/a")
    assert b".claude" in found
    assert b"src/a" not in found or target == b""
