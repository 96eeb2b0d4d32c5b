"""The way of a phase: workspace, edits, import, candidate, commit, publish; with the user's checkout untouched."""

from __future__ import annotations

from prdrunner_tui.repo import refs
from prdrunner_tui.repo.commit import advance, build_commit
from prdrunner_tui.repo.diffs import diff_trees, patch_text
from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.integrate import Candidate, integrate
from prdrunner_tui.repo.publish import publish
from prdrunner_tui.repo.slots import Slot

from .conftest import DATE, PERSON, Project, git, snapshot, write


async def test_a_phase_from_workspace_to_published_branch(project: Project) -> None:
    before = snapshot(project.root)
    workspace = await project.workspace()
    assert git(workspace.root, "status", "--porcelain") == ""
    assert git(workspace.root, "remote") == ""
    assert git(workspace.root, "log", "--format=%s") == "base"

    write(
        workspace.root, {"src/app.py": "def main():\n    return 2\n", "src/new.py": "Y = 1\n", "x.log": "no"}
    )
    (workspace.root / "src/deep/mod.py").unlink()
    imported = await import_tree(project.store, workspace)
    assert imported.items == () and imported.ambiguous == ()
    assert await project.files(imported.tree) == {
        b"README.md": b"# hello\n",
        b"src/app.py": b"def main():\n    return 2\n",
        b"src/new.py": b"Y = 1\n",
        b".gitignore": b"*.log\nbuild/\n",
    }
    kept = await project.store.resolve(refs.imported("r1", "p1", imported.tree))
    assert kept == imported.tree

    base = project.repo.head_commit
    candidate = await integrate(project.store, base=base, phase=imported.tree, tip=base)
    assert candidate == Candidate(imported.tree, fast=True)
    changes = await diff_trees(project.store, base, candidate.tree)
    assert [(change.status, change.path, change.added, change.removed) for change in changes] == [
        ("M", b"src/app.py", 1, 1),
        ("D", b"src/deep/mod.py", 0, 1),
        ("A", b"src/new.py", 1, 0),
    ]
    assert b"+    return 2" in await patch_text(project.store, base, candidate.tree, [b"src/app.py"])

    slot = Slot(project.store, 0)
    await slot.switch(candidate.tree)
    assert (slot.tree / "src/new.py").read_text() == "Y = 1\n"

    commit = await build_commit(
        project.store,
        tree=candidate.tree,
        parent=base,
        message=b"Add Y\n\nPrdrunner-Approval: 7\n",
        author=PERSON,
        committer=PERSON,
        date=DATE,
    )
    tip = refs.tip("r1")
    assert await advance(project.store, tip, base, None) == "moved"
    assert await advance(project.store, tip, commit, base) == "moved"
    assert await advance(project.store, tip, commit, base) == "done_before"
    assert snapshot(project.root) == before

    published = await publish(project.store, project.repo, run="r1", commit=commit, person=PERSON)
    assert (published.branch, published.outcome) == ("prdrunner/r1", "created")
    assert git(project.root, "rev-parse", "prdrunner/r1") == commit
    assert (
        git(project.root, "log", "-1", "--format=%an <%ae> %s", "prdrunner/r1")
        == "Ada <ada@example.org> Add Y"
    )
    assert git(project.root, "fsck", "--strict") == ""
    changed = {path for path, _ in set(snapshot(project.root).items()) ^ set(before.items())}
    assert changed and all("/.git/objects" in path or "prdrunner" in path for path in changed)
