"""A10: what a commit holds for agents is found in real repositories, those made to deceive among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.repo import agentfiles
from prdrunner_tui.repo.agentfiles import agent_texts, for_agents
from prdrunner_tui.text.problem import Problem
from tests.unit.repo.conftest import git, make_repo, write


async def names(root: Path) -> list[bytes]:
    return [file.path for file in (await for_agents(root)).files]


def commit(root: Path) -> None:
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "--allow-empty", "-m", "more")


async def test_links_are_followed_in_the_commit_and_not_in_the_checkout(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "r", {"tools/settings.json": "{}", "other/settings.json": "{}"})
    (root / ".claude").symlink_to("tools")
    commit(root)
    (root / ".claude").unlink()
    (root / ".claude").symlink_to("other")
    assert await names(root) == [b".claude", b"tools/settings.json"]


async def test_attributes_that_make_another_text_of_them_count_too(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "r", {".mcp.json": "{}", ".gitattributes": "*.json eol=lf\n"})
    assert await names(root) == [b".mcp.json"]
    write(
        root,
        {".gitattributes": "*.json working-tree-encoding=ASCII//TRANSLIT\n", "docs/.gitattributes": "x\n"},
    )
    commit(root)
    assert await names(root) == [b".gitattributes", b".mcp.json"]
    git(root, "rm", "-q", "--cached", ".mcp.json")
    git(root, "commit", "-q", "-m", "less")
    assert await names(root) == []


async def test_replaced_objects_and_odd_entries_are_seen_as_the_workspace_has_them(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "r", {"a": "a"})
    harmless = git(root, "rev-parse", "HEAD")
    blob = git(root, "hash-object", "-w", "--stdin", input=b"{}")
    entries = b"".join(
        b"100644 " + name + b"\0" + bytes.fromhex(blob) for name in (b".mcp.json", b"x\n.mcp.json", b"\xff")
    )
    tree = git(root, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", input=entries)
    git(root, "update-ref", "refs/heads/main", git(root, "commit-tree", "-m", "odd", tree))
    git(root, "replace", "-f", "HEAD", harmless)
    assert git(root, "ls-tree", "--name-only", "HEAD") == "a"
    assert await names(root) == [b".mcp.json"]


async def test_a_link_that_no_disk_would_take_leads_nowhere(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "r", {"a": "a"})
    blob = git(root, "hash-object", "-w", "--stdin", input=b"a/" * 5000)
    git(root, "update-index", "--add", "--cacheinfo", f"120000,{blob},.claude")
    git(root, "commit", "-q", "-m", "link")
    (file,) = (await for_agents(root)).files
    assert file.does.endswith("leads to what is not committed")


async def test_a_submodule_in_their_place_is_there_itself(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "r", {"a": "a"})
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{git(root, 'rev-parse', 'HEAD')},.claude")
    git(root, "commit", "-q", "-m", "submodule")
    (file,) = (await for_agents(root)).files
    assert file.path == b".claude"
    assert await agent_texts(root, {file.path: file.content}, 100) == {}


async def test_texts_are_read_up_to_a_size(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "r", {".claude/a": "x" * 100, ".claude/b": "x" * 101})
    files = {file.path: file.content for file in (await for_agents(root)).files}
    assert await agent_texts(root, files, 100) == {b".claude/a": b"x" * 100}


async def test_more_files_than_anybody_looks_at_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repo(tmp_path / "r", {f".claude/{n}": "" for n in range(4)})
    monkeypatch.setattr(agentfiles, "MOST", 4)
    assert len((await for_agents(root)).files) == 4
    write(root, {".claude/x": ""})
    commit(root)
    with pytest.raises(Problem, match="more than 4 files"):
        await for_agents(root)
