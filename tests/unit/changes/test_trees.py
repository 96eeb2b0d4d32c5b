"""The laws over real trees: any kinds of change at once, compared by a real git."""

from __future__ import annotations

from hypothesis import assume, event, given
from hypothesis import strategies as st

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.selection import NOTHING, Selection, of_paths, of_units
from prdrunner_tui.changes.units import Hunk
from prdrunner_tui.text.problem import Problem
from tests.effort import effort
from tests.unit.changes.files import PLAIN, some_lines, texts_of
from tests.unit.changes.trees import EXECUTABLE, FILE, LINK, SUBMODULE, Repository, Tree

PATHS = (b"a", b"a/b", b"a/b/c", b"a b", b"\xff", b"new\nline", b"long/er/path", b"long/er/other")
LONG = b"".join(b"line %d: %s\n" % pair for pair in enumerate(PLAIN * 2))
contents = st.one_of(texts_of(), texts_of().map(lambda text: LONG + text), st.just(b"bin\0ary"))
entries = st.one_of(
    st.tuples(st.sampled_from((FILE, FILE, FILE, EXECUTABLE)), contents),
    st.tuples(st.just(LINK), st.sampled_from((b"a", b"../b", b"/etc/passwd"))),
    st.tuples(st.just(SUBMODULE), st.sampled_from((b"1" * 40, b"2" * 40))),
)


def sound(tree: Tree) -> bool:
    """Whether no path is a file and a directory."""
    return not any(path.startswith(other + b"/") for path in tree for other in tree)


@st.composite
def pairs_of_trees(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """A tree, and what became of it."""
    base = draw(st.dictionaries(st.sampled_from(PATHS), entries, max_size=4).filter(sound))
    target = dict(base)
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=4, unique=True)):
        there = target.pop(path, None)
        what = draw(st.sampled_from(("edit", "edit", "mode", "move", "gone", "other")))
        if there is None or what == "other":
            target[path] = draw(entries)
        elif what == "move":
            target[draw(st.sampled_from(PATHS))] = there
        elif what == "mode" and there[0] in (FILE, EXECUTABLE):
            target[path] = (FILE + EXECUTABLE - there[0], there[1])
        elif what == "edit" and there[0] in (FILE, EXECUTABLE):
            lines = there[1].splitlines(keepends=True)
            at = draw(st.integers(0, len(lines)))
            lines[at : at + draw(st.integers(0, 2))] = [b"put in\n"] * draw(st.integers(0, 2))
            target[path] = (there[0], b"".join(lines))
    assume(sound(target))
    return base, target


@st.composite
def selections(draw: st.DrawFn, changes: ChangeSet) -> Selection:
    """Some paths, some units, some lines."""
    chosen = NOTHING
    for number, units in changes.all_units():
        if draw(st.integers(0, 3)) == 0:
            chosen |= of_paths([changes.path(number)])
        for unit in units:
            way = draw(st.sampled_from(("leave", "take", "lines")))
            if way == "take":
                chosen |= of_units([unit.id])
            elif way == "lines" and isinstance(unit, Hunk):
                size = len(unit.removed) + len(unit.added)
                kept = draw(st.lists(st.booleans(), min_size=size, max_size=size))
                chosen |= Selection(lines={unit.id: some_lines(unit, kept)})
    return chosen


@given(pairs_of_trees(), st.data())
@effort(60)
def test_selections_of_real_changes(
    repository: Repository, trees: tuple[Tree, Tree], data: st.DataObject
) -> None:
    base, target = trees
    changes = repository.between(base, target)
    everything = of_units(unit.id for _, units in changes.all_units() for unit in units)
    paths = of_paths(changes.path(number) for number in range(len(changes)))
    assert repository.take(changes, base, everything) == target
    assert repository.take(changes, base, paths) == target
    assert repository.take(changes, base, NOTHING) == base
    some = data.draw(selections(changes))
    try:
        half = repository.take(changes, base, some)
    except Problem as problem:
        event("refused")
        assert "cannot be taken while" in problem.message
        assert not sound({**base, **target}), "only a path that is a file and a directory can clash"
        return
    assert sound(half)
    assert set(half) <= set(base) | set(target)
    rest = repository.between(half, target)
    whole = of_units(unit.id for _, units in rest.all_units() for unit in units)
    assert repository.take(rest, half, whole) == target
    assert repository.take(changes, base, some | everything) == target
