"""Between which trees the changes of a checkpoint lie, and how large a patch is."""

from __future__ import annotations

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import Checkpoint
from prdrunner_tui.projections.changed import change_of, held_trees, later_trees
from prdrunner_tui.projections.metrics import Change
from tests.unit.tui.sample_run import START, Log, started

PATCH = b"""diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -1,3 +1,3 @@
 def a():
---- a line that begins with dashes
++++ a line that begins with pluses
+more
diff --git a/b.bin b/b.bin
new file mode 100644
index 0..1
Binary files /dev/null and b/b.bin differ
diff --git a/c b/d
similarity index 100%
rename from c
rename to d
"""
ONE = Checkpoint("cp-1", "storage", "implement", 1, "c1", "before implement", START)


def running(*more: events.Event) -> Log:
    """A phase on a base."""
    log = started().add(
        0, events.PhaseStarted("storage", "base"), events.StepBegan("storage", "implement", 1, 1)
    )
    return log.add(1, *more)


def test_the_size_of_a_patch() -> None:
    assert change_of(PATCH) == Change(3, 2, 1)
    assert change_of(b"") == Change()


def test_a_checkpoint_holds_what_differs_from_the_base() -> None:
    assert held_trees(running().state(), ONE) == ("base", "c1")
    assert held_trees(started().state(), ONE) is None


def test_what_came_since_goes_to_the_newest_tree() -> None:
    assert later_trees(running().state(), ONE) is None
    assert later_trees(running(events.TreeImported("storage", "t1")).state(), ONE) == ("c1", "t1")
    log = running(events.TreeImported("storage", "t1"), events.TreeImported("storage", "t2"))
    assert later_trees(log.state(), ONE) == ("c1", "t2")
