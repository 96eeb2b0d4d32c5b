"""``prdrunner hunks``: what differs between two trees of any repository, and the tree that some of it gives."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cli.conftest import InProcess, Place, Said, make_place
from tests.cli.test_hostile_text import HOSTILE

TWENTY = "".join(f"line {number}\n" for number in range(1, 41))
EDITED = (
    TWENTY.replace("line 2\n", "LINE 2\nmore\n").replace("line 4\n", "").replace("line 30\n", "LINE 30\n")
)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A repository with the tags base and target, between which a bit of everything happened."""
    made = make_place(tmp_path_factory.mktemp("hunks"), config="")
    root = made.root
    (root / "text.py").write_text(TWENTY)
    (root / "old name.py").write_text(TWENTY)
    (root / "tool.sh").write_text("echo\n")
    (root / "image.png").write_bytes(b"\x89PNG\0\0")
    (root / "link").symlink_to("text.py")
    (root / "gone.txt").write_text("1\n2\n3\n")
    made.git("add", ".")
    made.git("commit", "-qm", "base")
    made.git("tag", "base")
    (root / "text.py").write_text(EDITED)
    (root / "old name.py").rename(root / "new.py")
    (root / "new.py").write_text(EDITED)
    (root / "new.py").chmod(0o755)
    (root / "tool.sh").chmod(0o755)
    (root / "image.png").write_bytes(b"\x89PNG\0\1")
    (root / "link").unlink()
    (root / "link").symlink_to("tool.sh")
    (root / "gone.txt").unlink()
    (root / "fünf \x1b[31m\n.txt").write_text("five\n")
    made.git("add", ".")
    made.git("commit", "-qm", "target")
    made.git("tag", "target")
    return made


def listed(give: InProcess, repo: Place, *more: str) -> dict[str, dict[str, Any]]:
    """The files of the JSON by path."""
    said = give(repo, "hunks", "list", "base", "target", "--json", *more)
    assert said.code == 0, said.err
    return {file["path"]: file for file in json.loads(said.out)["files"]}


def taken(give: InProcess, repo: Place, *how: str) -> str:
    """The tree that a selection gives."""
    said = give(repo, "hunks", "tree", "base", "target", *how)
    assert said.code == 0, said.err
    return said.out.strip()


def chosen(give: InProcess, repo: Place, folder: Path, choice: object) -> Said:
    """What comes of a selection file."""
    file = folder / "selection.json"
    file.write_text(json.dumps(choice))
    return give(repo, "hunks", "tree", "base", "target", "--select-file", str(file))


def test_the_files_with_their_hunks_and_items(give: InProcess, repo: Place) -> None:
    files = listed(give, repo)
    text = files["text.py"]
    hunks = text.pop("hunks")
    assert text == {
        "path": "text.py",
        "old_path": "text.py",
        "status": "M",
        "similarity": None,
        "old_mode": "100644",
        "new_mode": "100644",
        "binary": False,
        "added": 3,
        "removed": 3,
        "git_hunks": 2,
    }
    ranges = [(h["git_hunk"], h["old_range"], h["new_range"], h["added"], h["removed"]) for h in hunks]
    assert ranges == [
        (1, [2, 1], [2, 2], 2, 1),
        (1, [4, 1], [4, 0], 0, 1),
        (2, [30, 1], [30, 1], 1, 1),
    ]
    assert [h["kind"] for h in hunks] == ["text"] * 3
    moved = files["new.py"]
    assert (moved["status"], moved["old_path"], moved["old_mode"], moved["new_mode"]) == (
        *("R", "old name.py"),
        *("100644", "100755"),
    )
    assert [h["kind"] for h in moved["hunks"]] == ["rename", "mode", "text", "text", "text"]
    assert (moved["hunks"][0]["old"], moved["hunks"][0]["new"]) == ("old name.py", "new.py")
    assert (files["image.png"]["binary"], files["image.png"]["added"]) == (True, None)
    assert [h["kind"] for h in files["image.png"]["hunks"]] == ["binary"]
    assert files["gone.txt"]["status"] == "D"
    assert files["gone.txt"]["new_mode"] == "000000"
    added = files["fünf \x1b[31m\n.txt"]
    assert (added["status"], added["old_path"], added["old_mode"]) == ("A", None, "000000")
    (link,) = files["link"]["hunks"]
    assert (link["kind"], link["git_hunk"], link["added"], link["removed"]) == ("symlink", 1, 1, 1)


def test_the_names_and_ids_of_both_ends(give: InProcess, repo: Place) -> None:
    said = json.loads(give(repo, "hunks", "list", "base", "HEAD", "--json").out)
    assert said["base"] == {
        "name": "base",
        "id": repo.git("rev-parse", "base"),
        "tree": repo.git("rev-parse", "base^{tree}"),
    }
    assert said["target"]["tree"] == repo.git("rev-parse", "target^{tree}")


def test_the_list_for_people_says_the_same_and_obeys_no_name(give: InProcess, repo: Place) -> None:
    said = give(repo, "hunks", "list", "base", "target")
    assert said.code == 0
    assert not HOSTILE.search(said.out)
    assert "A  fünf ␛[31m" in said.out
    files = listed(give, repo)
    for file in files.values():
        for hunk in file["hunks"]:
            assert f"   {hunk['id'][:12]}  " in said.out
    assert "R  old name.py -> new.py  +3/-3" in said.out
    assert "  mode 100644 -> 100755" in said.out
    assert "  @@ -4 +4,0 @@  git hunk 1" in said.out
    assert "M  image.png  binary" in said.out


def test_the_lines_of_a_hunk_with_their_names(give: InProcess, repo: Place) -> None:
    (first, *_) = (hunk["id"] for hunk in listed(give, repo)["text.py"]["hunks"])
    said = give(repo, "hunks", "show", "base", "target", first[:8])
    assert said.out.splitlines() == [
        "M  text.py  +3/-3",
        f"   {first[:12]}  @@ -2 +2,2 @@  git hunk 1",
        "            line 1",
        "       -1 - line 2",
        "       +1 + LINE 2",
        "       +2 + more",
        "            line 3",
        "            line 4",
        "            line 5",
    ]
    whole = give(repo, "hunks", "show", "base", "target").out
    assert whole.count("git hunk") == 8
    assert not HOSTILE.search(whole)
    old, new = (repo.git("rev-parse", "--short=7", f"{end}:link") for end in ("base", "target"))
    assert f"  symlink {old} -> {new}" in whole
    assert give(repo, "hunks", "show", "base", "base").out == "nothing differs\n"


def test_a_range_is_not_one_name(give: InProcess, repo: Place) -> None:
    said = give(repo, "hunks", "list", "base...target")
    assert (said.code, said.problem[1].strip()) == (2, "prdrunner hunks list base target")


def test_trees_that_git_no_longer_writes(give: InProcess, repo: Place, tmp_path: Path) -> None:
    copy = Place(tmp_path / "odd", repo.home)
    shutil.copytree(repo.root, copy.root, symlinks=True)
    blob = bytes.fromhex(copy.git("rev-parse", "base:calc.py"))
    names = []
    for mode in (b"100664", b"100644"):
        (tmp_path / "tree").write_bytes(mode + b" f\0" + blob)
        names.append(copy.git("hash-object", "-w", "--literally", "-t", "tree", str(tmp_path / "tree")))
    said = give(copy, "hunks", "list", *names)
    assert (
        said.out == "no file differs; the trees are stored in different ways (old modes, empty directories)\n"
    )
    (tmp_path / "{}").write_text("{}")
    said = give(copy, "hunks", "tree", *names, "--select-file", str(tmp_path / "{}"))
    assert (said.code, said.out) == (5, "")
    assert f"the result, {names[0][:12]}, is not TARGET" in said.problem[0]


def test_a_signal_ends_git_and_leaves_nothing(repo: Place, tmp_path: Path) -> None:
    copy = Place(tmp_path / "stuck", repo.home, {"TMPDIR": str(tmp_path / "tmp")})
    (tmp_path / "tmp").mkdir()
    shutil.copytree(repo.root, copy.root, symlinks=True)
    # A git that reads this waits for ever.
    os.mkfifo(copy.root / ".git/objects/info/alternates")
    command = [sys.executable, "-m", "prdrunner_tui", "hunks", "list", "base", "target"]
    with subprocess.Popen(command, cwd=copy.root, env=copy.env) as process:
        deadline = time.monotonic() + 20
        while not (children := psutil.Process(process.pid).children(recursive=True)):
            assert time.monotonic() < deadline
        process.terminate()
        assert process.wait(20) == 128 + signal.SIGTERM
    assert not [child for child in children if child.is_running() and child.status() != "zombie"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_git_in_the_repository_is_not_run(repo: Place, tmp_path: Path) -> None:
    copy = Place(tmp_path / "own", repo.home)
    shutil.copytree(repo.root, copy.root, symlinks=True)
    (copy.root / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    (copy.root / "git").chmod(0o755)
    copy.extra["PATH"] = f".::{os.environ['PATH']}"
    said = copy.run("hunks", "list", "base", "target")
    assert said.code == 0, said.err
    assert not (tmp_path / "ran").exists()


def test_nothing_differs(give: InProcess, repo: Place) -> None:
    assert give(repo, "hunks", "list", "base", "base").out == "nothing differs\n"
    assert json.loads(give(repo, "hunks", "list", "base", "base", "--json").out)["files"] == []


def test_all_ids_give_the_target_and_each_its_own_tree(give: InProcess, repo: Place, tmp_path: Path) -> None:
    files = listed(give, repo)
    ids = [hunk["id"] for file in files.values() for hunk in file["hunks"]]
    target = repo.git("rev-parse", "target^{tree}")
    assert taken(give, repo, *(word for one in ids for word in ("--select", one))) == target
    assert taken(give, repo, "--select", *ids) == target
    assert taken(give, repo, *ids) == target
    assert taken(give, repo, "--select", *(one[:8] for one in ids)) == target
    assert chosen(give, repo, tmp_path, dict.fromkeys(files, "all")).out.strip() == target
    assert chosen(give, repo, tmp_path, {}).out.strip() == repo.git("rev-parse", "base^{tree}")


def in_checkout(repo: Place, folder: Path, **files: str | None) -> str:
    """The tree of base in which files were written or removed by hand and added by git."""
    clone = Place(folder / "checkout", repo.home)
    shutil.copytree(repo.root, clone.root, symlinks=True)
    clone.git("checkout", "-qf", "base")
    for name, text in files.items():
        path = clone.root / name.replace("__", ".")
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
    clone.git("add", "-A")
    return clone.git("write-tree")


def test_numbers_ids_and_lines(give: InProcess, repo: Place, tmp_path: Path) -> None:
    files = listed(give, repo)
    first, second, _ = (hunk["id"] for hunk in files["text.py"]["hunks"])
    by_hand = in_checkout(repo, tmp_path / "1", text__py=TWENTY.replace("line 30\n", "LINE 30\n"))
    assert chosen(give, repo, tmp_path, {"text.py": [2]}).out.strip() == by_hand
    by_hand = in_checkout(repo, tmp_path / "2", text__py=TWENTY.replace("line 4\n", ""))
    assert taken(give, repo, "--select", second) == by_hand
    assert chosen(give, repo, tmp_path, {"text.py": [second]}).out.strip() == by_hand
    by_hand = in_checkout(repo, tmp_path / "3", text__py=TWENTY.replace("line 2\n", "line 2\nmore\n"))
    assert taken(give, repo, "--select", f"{first[:12]}:+2") == by_hand
    by_hand = in_checkout(repo, tmp_path / "4", gone__txt=None)
    assert chosen(give, repo, tmp_path, {"gone.txt": [1]}).out.strip() == by_hand


def test_a_selection_from_standard_input(
    give: InProcess, repo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b'{"text.py": "all"}')))
    tree = taken(give, repo, "--select-file", "-")
    assert tree != repo.git("rev-parse", "base^{tree}")
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b'{"text.py": [9]}')))
    said = give(repo, "hunks", "tree", "base", "target", "--select-file", "-")
    assert said.code == 2
    assert said.problem[0] == "error: standard input: text.py has 2 git hunks, there is no number 9"
    monkeypatch.setattr(sys, "stdin", None)
    said = give(repo, "hunks", "tree", "base", "target", "--select-file", "-")
    assert (said.code, said.problem[0]) == (2, "error: standard input is closed")


def test_copies_when_asked_for(give: InProcess, repo: Place, tmp_path: Path) -> None:
    copy = Place(tmp_path / "copies", repo.home)
    shutil.copytree(repo.root, copy.root, symlinks=True)
    copy.git("checkout", "-qf", "base")
    (copy.root / "text.py").write_text(EDITED)
    (copy.root / "copy.py").write_text(TWENTY)
    copy.git("add", ".")
    copy.git("commit", "-qm", "copied")
    copy.git("tag", "-f", "target")
    assert listed(give, copy)["copy.py"]["status"] == "A"
    file = listed(give, copy, "--copies")["copy.py"]
    assert (file["status"], file["old_path"], file["similarity"]) == ("C", "text.py", 100)
    (item,) = file["hunks"]
    said = give(copy, "hunks", "tree", "base", "target", "--copies", "--select", item["id"])
    assert said.out.strip() == in_checkout(copy, tmp_path / "x", copy__py=TWENTY)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("tree", "base", "target"), 2, "nothing is selected"),
        (("tree", "base", "target", "00000000"), 2, "nothing with the id 00000000"),
        (("tree", "base", "target", "--select", "ffffffff", "--select-file", "x"), 2, "exclude one another"),
        (("tree", "base", "target", "--select-file", "x", "4be1c02f"), 2, "exclude one another"),
        (
            ("tree", "base", "target", "--select-file", "not-there"),
            1,
            "not-there: this cannot be read: no such file",
        ),
        (("tree", "base", "target", "--select-file", "docs"), 1, "docs: this cannot be read: is a directory"),
        (("tree", "base", "target", "--select-file", "calc.py"), 2, "calc.py:1:1: this is no JSON"),
        (("tree", "base", "target", "--select", "ffffffff"), 2, "nothing with the id ffffffff"),
        (("tree", "base", "target", "--select", "zz"), 2, "'zz' is no id"),
        (("tree", "base", "nowhere", "--select", "zz"), 2, "no commit, tag or directory is called 'nowhere'"),
        (("list", "base", "HEAD:calc.py"), 2, "'HEAD:calc.py' is a file"),
        (("list", "base"), 2, "what is base compared with?"),
        (("show", "base", "target", "zz"), 2, "'zz' is no id"),
        (("list", "base", "--", "--version"), 2, "is called '--version'"),
        (("list", "base..target", "base"), 2, "'base..target' is a range"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    give: InProcess, repo: Place, arguments: tuple[str, ...], code: int, message: str
) -> None:
    said = give(repo, "hunks", *arguments)
    assert said.code == code
    assert message in said.problem[0]
    assert said.out == ""
    assert len(said.problem) <= 2


def test_a_file_in_place_of_a_directory_needs_the_directory_to_go(
    give: InProcess, repo: Place, tmp_path: Path
) -> None:
    copy = Place(tmp_path / "clash", repo.home)
    shutil.copytree(repo.root, copy.root, symlinks=True)
    copy.git("checkout", "-qf", "base")
    (copy.root / "gone.txt").unlink()
    (copy.root / "gone.txt").mkdir()
    (copy.root / "gone.txt/inner").write_text("x\n")
    copy.git("add", ".")
    copy.git("commit", "-qm", "clash")
    copy.git("tag", "-f", "target")
    said = chosen(give, copy, tmp_path, {"gone.txt/inner": "all"})
    assert said.code == 2
    assert said.problem == [
        "error: gone.txt/inner cannot be taken while gone.txt stays",
        "       take the deletion or rename of gone.txt too, or leave gone.txt/inner out",
    ]


def test_a_merge_is_two_trees_like_any_other(give: InProcess, repo: Place, tmp_path: Path) -> None:
    copy = Place(tmp_path / "merge", repo.home)
    shutil.copytree(repo.root, copy.root, symlinks=True)
    copy.git("checkout", "-qfb", "side", "base")
    (copy.root / "calc.py").write_text("def add(a, b):\n    return b + a\n")
    copy.git("commit", "-qam", "side")
    copy.git("merge", "-q", "-m", "merge", "target")
    for parent, paths in (("HEAD^1", set(listed(give, copy))), ("HEAD^2", {"calc.py"})):
        said = json.loads(give(copy, "hunks", "list", parent, "HEAD", "--json").out)
        assert {file["path"] for file in said["files"]} == paths


def test_a_bare_repository_with_sha256(give: InProcess, repo: Place, tmp_path: Path) -> None:
    other = Place(tmp_path / "sha256", repo.home)
    other.root.mkdir()
    other.git("init", "-q", "-b", "main", "--object-format=sha256")
    for number, text in enumerate((TWENTY, EDITED)):
        (other.root / "f").write_text(text)
        other.git("add", ".")
        other.git("commit", "-qm", "one")
        other.git("tag", ("base", "target")[number])
    bare = Place(tmp_path / "bare.git", repo.home)
    other.git("clone", "-q", "--bare", ".", str(bare.root))
    listing = give(bare, "hunks", "list", "base", "target", "--json", cwd=bare.root)
    (file,) = json.loads(listing.out)["files"]
    tree = give(bare, "hunks", "tree", "base", "target", "--select", *(h["id"] for h in file["hunks"]))
    assert tree.out.strip() == other.git("rev-parse", "target^{tree}")
    from_outside = give(repo, "hunks", "list", "base", "target", "--json", "--project-dir", str(bare.root))
    assert from_outside.out == listing.out


def test_a_partial_clone_says_that_blobs_are_missing(give: InProcess, repo: Place, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    partial = Place(tmp_path / "partial", repo.home)
    repo.git("clone", "-q", "--no-checkout", "--filter=blob:none", repo.root.as_uri(), str(partial.root))
    said = give(partial, "hunks", "list", "base", "target")
    assert (said.code, said.out) == (1, "")
    assert "objects are missing" in said.problem[0]
    assert "this is a partial clone" in said.problem[1]
