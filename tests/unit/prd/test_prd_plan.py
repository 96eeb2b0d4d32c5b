from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.prd import graph
from prdrunner_tui.prd.plan import structural_plan
from prdrunner_tui.prd.planfile import check_plan_file, read_plan_file
from prdrunner_tui.prd.spec import read_prd
from prdrunner_tui.text.problem import Problem

PRD = b"""\
# Todo
## F-1: Storage
Files: src/todo/store.py
## F-2: Due dates
Depends on: F-1
Acceptance criteria:
- dates parse
## F-3: Tags
Files: src/todo/*.py
## F-4: Tags
Depends on: F-2, F-3
"""
SPEC = read_prd(PRD, name="todo.md")


def test_one_phase_a_feature_with_order_and_deps_as_written() -> None:
    plan = structural_plan(SPEC)
    assert [(p.id, p.features, p.deps, p.source) for p in plan.phases] == [
        ("storage", ("F-1",), (), "todo.md:2"),
        ("due-dates", ("F-2",), ("storage",), "todo.md:4"),
        ("tags", ("F-3",), (), "todo.md:8"),
        ("tags-2", ("F-4",), ("due-dates", "tags"), "todo.md:10"),
    ]
    assert plan.phases[1].criteria == (("F-2.1", "dates parse"),)
    assert plan.batches() == (("storage", "tags"), ("due-dates",), ("tags-2",))
    assert plan.critical_path() == ("storage", "due-dates", "tags-2")
    assert plan.phases[0].guessed == ()
    assert "todo.md:8: storage and tags share src/todo/store.py" in plan.warnings


def test_guesses_are_marked_and_missing_dependencies_are_told() -> None:
    plan = structural_plan(read_prd("# T\n## Features\n- 検索\n- 検索\n".encode(), name="t.md"))
    assert [(p.id, p.guessed) for p in plan.phases] == [
        ("feature-1", ("features",)),
        ("feature-2", ("features",)),
    ]
    assert any("no dependencies are written" in warning for warning in plan.warnings)


@given(
    st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=60), min_size=1, max_size=8)
)
def test_phase_ids_are_unique_slugs(names: list[str]) -> None:
    text = "# T\n" + "".join(f"## F-{n}: {' '.join(name.split())}\n" for n, name in enumerate(names))
    ids = [
        phase.id for phase in structural_plan(read_prd(text.encode("utf-8", "replace"), name="t.md")).phases
    ]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", phase_id) for phase_id in ids)


PLAN = b"""\
phases:
  - id: database-schema
    features: [F-1]
    parallel_group: "backend"
    exports:
      schema_file: "schema.sql"
  - id: backend-api
    deps: ["database-schema"]
    imports:
      schema: "$database-schema.schema_file"
    scope: [src/api/**]
    features: [F-2]
"""


def test_a_plan_file_of_the_documented_shape() -> None:
    plan = read_plan_file(PLAN, "plan.yaml", SPEC)
    schema, api = plan.phases
    assert (schema.exports, schema.parallel_group) == ({"schema_file": "schema.sql"}, "backend")
    assert (api.imports, api.deps, api.scope) == (
        {"schema": "database-schema.schema_file"},
        ("database-schema",),
        ("src/api/**",),
    )
    assert (api.criteria, api.source) == ((("F-2.1", "dates parse"),), "plan.yaml:7")
    assert plan.warnings == (
        "todo.md:8: feature F-3 is in no phase",
        "todo.md:10: feature F-4 is in no phase",
    )


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        ("", "p:1:1", "no phases", "write"),
        ("phases: []", "p:1:9", "no phases", "write"),
        ("phase: []", "p:1:1", "unknown key phase", "only phases"),
        ("- {id: a, dep: [b]}", "p:1:11", "unknown key dep", "did you mean deps?"),
        ("- {id: A b}", "p:1:8", "phase id 'A b'", "use a-z"),
        ("- {name: x}", "p:1:3", "a phase without id", "use a-z"),
        ("- id: a\n- id: a\n", "p:2:7", "phase id a is there twice, first in line 1", "rename"),
        (
            "- id: api\n- {id: b, deps: [apo]}",
            "p:2:18",
            "phase b depends on apo, which does not exist",
            "api?",
        ),
        ("- {id: a, deps: [a]}", "p:1:18", "phase a depends on itself", "remove"),
        (
            "- {id: a, deps: [b]}\n- {id: b, deps: [a]}",
            "p:1:17",
            "cycle of dependencies: a > b > a",
            "remove",
        ),
        ("- {id: a, deps: {b: c}}", "p:1:17", "deps must be a list of texts", "write deps"),
        ("- {id: a, imports: {x: b.y}}", "p:1:24", "import b.y is not of the form $phase.key", "write"),
        ("- {id: a, imports: {x: $b.y}}", "p:1:24", "phase a imports from b, which does not exist", "name"),
        (
            "- {id: b, exports: {file: f}}\n- {id: a, deps: [b], imports: {x: $b.fil}}",
            "p:2:35",
            "phase b does not export fil",
            "did you mean file?",
        ),
        (
            "- {id: b, exports: {file: f}}\n- {id: a, imports: {x: $b.file}}",
            "p:2:24",
            "phase a imports from b, which need not come first",
            "add b to its deps",
        ),
        ("- {id: a, features: [F-9]}", "p:1:22", "feature F-9 is not in todo.md", "did you mean F-"),
        ("- a", "p:1:3", "a phase is a mapping", "write"),
        ("- {id: a, id: b}", "p:1:11", "key id is there twice", "keep one"),
    ],
)
def test_problems_of_a_plan_file_say_where(text: str, where: str, message: str, hint: str) -> None:
    with pytest.raises(Problem) as caught:
        read_plan_file(text.encode(), "p", SPEC)
    assert message in caught.value.message
    assert caught.value.where == where
    assert hint in caught.value.hint


def test_all_problems_of_a_plan_file_are_collected() -> None:
    checked = check_plan_file(b"- {id: a, x: 1}\n- {id: a, y: 1}\n", "p")
    assert checked.plan is None
    assert [problem.where for problem in checked.problems] == ["p:1:11", "p:2:11", "p:2:8"]


def test_batches_of_the_documented_example() -> None:
    needs = {"A": [], "B": ["A"], "C": ["A"], "D": ["B", "C"]}
    assert graph.batches(needs) == (("A",), ("B", "C"), ("D",))
    assert graph.transitive(needs, "D") == {"A", "B", "C"}
    assert graph.find_cycle(needs) == ()
    assert graph.find_cycle({"A": ["B"], "B": ["C"], "C": ["B"]}) == ("B", "C", "B")
    with pytest.raises(ValueError, match="cycle"):
        graph.batches({"A": ["B"], "B": ["A"]})


def test_a_long_chain_is_no_recursion() -> None:
    needs = {str(n): [str(n - 1)] if n else [] for n in range(5000)}
    assert len(graph.batches(needs)) == 5000
    assert graph.find_cycle(needs) == ()
    assert len(graph.transitive(needs, "4999")) == 4999


@given(st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3), max_size=8))
def test_batches_hold_every_node_after_its_deps_or_there_is_a_cycle(raw: dict[int, list[int]]) -> None:
    needs = {str(node): [str(dep) for dep in deps] for node, deps in raw.items()}
    if graph.find_cycle(needs):
        with pytest.raises(ValueError, match="cycle"):
            graph.batches(needs)
        return
    seen: set[str] = set()
    for batch in graph.batches(needs):
        assert all(dep in seen or dep not in needs for node in batch for dep in needs[node])
        seen.update(batch)
    assert seen == set(needs)


def test_phases_of_a_prd_are_named_without_their_number() -> None:
    text = b"# T\n## Phase 1: Greeting\n## Phase 2: Farewell\nDepends on: Greeting\n"
    plan = structural_plan(read_prd(text, name="t.md"))
    assert [(p.id, p.deps) for p in plan.phases] == [("greeting", ()), ("farewell", ("greeting",))]
