"""Which paths only a key press on the item itself may approve."""

from __future__ import annotations

import pytest

from prdrunner_tui.rules.protected import protected


@pytest.mark.parametrize(
    "path",
    [
        *(b".gitattributes", b"a/.gitignore", b".gitmodules", b".envrc", b"AGENTS.md", b"x/CLAUDE.md"),
        *(
            b".prd_runner/config.yaml",
            b"a/.claude/b/settings.json",
            b".GitHub/workflows/ci.yml",
            b".mcp.json",
        ),
        *(b".gitlab-ci.yml", b"Jenkinsfile", b".pre-commit-config.yaml"),
    ],
)
def test_what_steers_agents_checks_and_checkouts(path: bytes) -> None:
    assert protected([path]) == (path,)


@pytest.mark.parametrize(
    "path",
    [
        b"src/a.py",
        b"claude.py",
        b"sub/Jenkinsfile",
        b".github",
        b"a/claude",
        b"xAGENTS.md",
        b"agents.md/x",
        b"",
    ],
)
def test_other_paths(path: bytes) -> None:
    assert protected([path]) == ()


def test_further_paths_are_exact_and_folders_end_in_a_slash() -> None:
    paths = [b"docs/prd.md", b"docs/prd.md2", b"scripts/a/t.sh", b"scripts", b"scripts2/t.sh", b"a/scripts/t"]
    assert protected(paths, [b"docs/prd.md", b"scripts/"]) == (b"docs/prd.md", b"scripts/a/t.sh")
    assert protected(iter(paths), iter([b"scripts/", b"docs/prd.md"])) == (b"docs/prd.md", b"scripts/a/t.sh")
