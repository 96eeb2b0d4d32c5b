"""A10: what a repository holds for agents is known, wherever links put it."""

from __future__ import annotations

import pytest

from prdrunner_tui.rules.agentfiles import (
    MOST,
    attributes_over,
    in_order_of_weight,
    obeyed,
    obeyed_files,
    reshapes,
)
from prdrunner_tui.rules.protected import protected


@pytest.mark.parametrize(
    "path",
    [
        *(b".claude/settings.json", b".claude/hooks/after.sh", b".Claude/Settings.json", b"web/.claude/skills/x"),
        *(b".mcp.json", b".gemini/settings.json", b".qwen/.env", b".codex/config.toml", b"opencode.json"),
        *(b".opencode/plugin/a.ts", b".vibe/config.toml", b".cursor/hooks.json", b".aider.conf.yml", b".env"),
        *(b".claude", b".agents/skills/x.md", b".amp/settings.json", b".github/hooks/a.json", b"crush.json"),
        *(b".github/mcp.json", b".vscode/mcp.json", b".lsp.json", b".aider.model.settings.yml", b".kiro/hooks/x"),
    ],
)  # fmt: skip
def test_what_can_name_programs_or_addresses_is_obeyed(path: bytes) -> None:
    assert obeyed(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            b"AGENTS.md",
            b"CLAUDE.md",
            b"claude/settings.json",
            b"docs/.env",
            b"src/mcp.json",
            b"x.claude",
            b"",
        ),
        *(
            b".github/workflows/ci.yml",
            b".vscode/settings.json",
            b"hooks/.github",
            b"\xff\xfe",
            b"docs/\xc3\xa9.md",
        ),
    ],
)
def test_prose_and_other_names_are_not(path: bytes) -> None:
    assert not obeyed(path)


@pytest.mark.parametrize(
    "path",
    [
        *(".mcp.j\u017fon", ".cur\u017for/hooks.json", ".\u200cclaude/settings.json", ".cla\ufe0fude/x"),
        *(".code\u0078/config.toml", "\u202d.env", "web/.m\ufeffcp.json", ".\u212airo/hooks/x", ".CLAUDE/\u00c9.json"),
    ],
)  # fmt: skip
def test_names_that_some_disk_takes_for_these_are_obeyed(path: str) -> None:
    assert obeyed(path.encode())


def reached(links: dict[bytes, bytes], *paths: bytes) -> set[bytes]:
    return set(obeyed_files([*paths, *links], links).files)


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


@pytest.mark.parametrize("target", [b"/proc/self/cwd/tools", b"../one/tools", b"tools/none", b"../.claude"])
def test_a_link_to_what_is_not_committed_says_so(target: bytes) -> None:
    links = {b".claude": target, b".codex": b"tools"}
    files = obeyed_files([b"tools/a", *links], links).files
    assert files[b".claude"].endswith("leads to what is not committed")
    assert not files[b".codex"].endswith("committed")


def test_what_is_not_committed_concerns_agents_wherever_a_link_would_find_it() -> None:
    links = {b".claude": b"tools/claude", b"tools": b"conf", b".mcp.json": b"m.json"}
    tree = obeyed_files([b"conf/claude/settings.json", b"src/a", *links], links)
    for path in (
        b"conf/claude/settings.json",
        b"conf/claude/new.json",
        b"tools",
        b"conf",
        b"m.json",
        b".mcp.json",
    ):
        assert tree.concerns(path), path
    for path in (b"src/a", b"conf2", b"conf/other", b"m.json2", b"README.md"):
        assert not tree.concerns(path), path
    everything = obeyed_files([b"a", b".claude/x"], {b".claude/x": b".."})
    assert everything.concerns(b"a")


def test_many_links_to_the_same_place_take_what_is_there_once() -> None:
    links = {b".claude/%d" % n: b"../" + b"d/" * (n % 40) for n in range(2000)}
    below = [b"d/" * depth + b"%d" % n for depth in range(40) for n in range(200)]
    assert len(obeyed_files([*below, *links], links).files) == 10_000


def test_more_than_anybody_looks_at_is_known_as_that() -> None:
    links = {b".claude": b"."}
    assert len(obeyed_files([b".claude", *(b"%d" % n for n in range(3 * MOST))], links).files) == MOST + 1


def test_what_names_programs_is_read_first() -> None:
    paths = [
        b".agents/skills/a.md",
        b".claude/agents/b.md",
        b".claude/settings.json",
        b".vibe/hooks.toml",
        b"web/.mcp.json",
    ]
    assert in_order_of_weight(paths) == [*paths[2:], *paths[:2]]


def test_attributes_that_make_another_text_count_where_they_apply() -> None:
    assert attributes_over([b"web/.claude/settings.json", b".env"]) == {
        *(b".gitattributes", b"web/.gitattributes", b"web/.claude/.gitattributes")
    }
    assert reshapes(b"* text=auto\n*.json working-tree-encoding=ASCII//TRANSLIT\n")
    assert not reshapes(b"* text=auto eol=lf\n*.png -text\n")


def test_what_links_lead_through_and_to_is_protected() -> None:
    links = {b".claude": b"a/x", b"a": b"b"}
    extra = obeyed_files([b"b/x/settings.json", *links], links).protected()
    changed = [b"a", b"b/x", b"b/x/new", b"b/y", b"src/main.py"]
    assert protected(changed, extra) == (b"a", b"b/x", b"b/x/new")
    everything = obeyed_files([b"m", b".claude"], {b".claude": b"."}).protected()
    assert protected([b"src/main.py"], everything) == (b"src/main.py",)
