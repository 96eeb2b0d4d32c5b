"""A change as it is shown: a head for each file, then the bytes of its hunks."""

from __future__ import annotations

import pytest

from prdrunner_tui.tui.rows.difflines import Patch, patch_line
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import scene

PATCH = b"""diff --git a/calc.py b/calc.py
index 1111111111111111111111111111111111111111..2222222222222222222222222222222222222222 100644
--- a/calc.py
+++ b/calc.py
@@ -1,2 +1,3 @@ def add
 a
-b
+c
+--- no head
\\ No newline at end of file
diff --git a/gone.py b/gone.py
deleted file mode 100644
index 1111111111..0000000000
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x
"""


def shown(patch: bytes) -> list[str]:
    """The rows as text."""
    made = Patch(patch)
    return [plain(patch_line(made, number, scene())) for number in range(len(made))]


def test_each_file_has_one_head_and_its_hunks() -> None:
    assert shown(PATCH) == [
        "calc.py  M  +2/-1",
        "@@ -1,2 +1,3 @@ def add",
        " a",
        "-b",
        "+c",
        "+--- no head",
        "\\ No newline at end of file",
        "gone.py  D  +0/-1",
        "@@ -1 +0,0 @@",
        "-x",
    ]
    made = Patch(PATCH)
    assert [made.token(number) for number in range(8)] == [
        "text", "muted", "context", "remove", "add", "add", "context", "text",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "head"),
    [
        (b"new file mode 100644\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+x\n", "f  A  +1/-0"),
        (b"new file mode 100644\nindex 00..11\n", "f  A  +0/-0"),
        (b"new file mode 120000\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+x\n", "f  A  mode 120000  +1/-0"),
        (b"old mode 100644\nnew mode 100755\n", "f  M  mode 100644 -> 100755"),
        (b"index 1..2 100644\nBinary files a/f and b/f differ\n", "f  M  binary"),
        (b"index 1..2 100644\nGIT binary patch\nliteral 3\nKcmX\n\n", "f  M  binary"),
        (b"similarity index 100%\nrename from e\nrename to f\n", "e -> f  R  +0/-0"),
        (b'--- "a/t\\303\\244.py"\n+++ "b/t\\303\\244.py"\n@@ -1 +1 @@\n+x\n', "t\u00e4.py  M  +1/-0"),
        (b"--- a/a b\t\n+++ b/a b\t\n@@ -1 +1 @@\n-x\n", "a b  M  +0/-1"),
    ],
)
def test_a_head_says_what_happened_to_the_file(lines: bytes, head: str) -> None:
    assert shown(b"diff --git a/f b/f\n" + lines)[0] == head


def test_a_hostile_path_is_shown_and_not_obeyed() -> None:
    (head,) = shown(b'diff --git "a/\\033[2J" "b/\\033[2J"\nindex 1..2\n')
    assert head.startswith("␛[2J  M")


def test_no_patch_and_one_without_heads() -> None:
    assert shown(b"") == []
    assert shown(b"@@ -1 +1 @@\n-a\n+b\n") == ["@@ -1 +1 @@", "-a", "+b"]
