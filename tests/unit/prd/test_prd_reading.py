"""A PRD becomes features with ids, criteria, dependencies and lines; only what is written counts."""

from __future__ import annotations

import textwrap

import pytest

from prdrunner_tui.prd.model import Spec
from prdrunner_tui.prd.spec import read_prd


def spec(text: str, *, name: str = "todo.md") -> Spec:
    return read_prd(textwrap.dedent(text).encode(), name=name)


TODO = """\
    ---
    owner: sam
    ---
    # Todo v2

    A list that knows dates.

    ## Features

    ### F-1: Storage
    Keeps todos in **one** file.

    Files: `src/todo/store.py`, tests/test_store.py

    Acceptance criteria:
    - AC-1: a file that is cut is refused
    - loading 1,000 todos takes under a second

    ### F-2: Due dates
    Depends on: F-1

    - [x] parse dates
    - [ ] show them

    #### Acceptance criteria

    1. `todo due` lists by date
    2. **Given** a past date **When** it is listed **Then** it is red

    ### T-1: Tags
    - **Depends on:** Storage, F-2 (for the list)

    ### F-4: Search
    Depends on: none

    ```sh
    ### F-9: not a feature
    Depends on: F-77
    ```

    ## Non-goals

    ### F-99: Sync
"""


def test_marked_features_with_all_their_parts() -> None:
    read = spec(TODO)
    assert read.title == "Todo v2"
    assert read.front_matter == {"owner": "sam"}
    assert [(f.id, f.name, f.id_guessed, f.guessed) for f in read.features[:3]] == [
        ("F-1", "Storage", False, False),
        ("F-2", "Due dates", False, False),
        ("T-1", "Tags", False, False),
    ]
    storage, due, tags, search = read.features[:4]
    assert storage.description == "Keeps todos in **one** file."
    assert storage.scope == ("src/todo/store.py", "tests/test_store.py")
    assert [(c.id, c.text, c.line, c.id_guessed) for c in storage.criteria] == [
        ("AC-1", "a file that is cut is refused", 16, False),
        ("F-1.2", "loading 1,000 todos takes under a second", 17, True),
    ]
    assert [c.text for c in due.criteria] == [
        "todo due lists by date",
        "Given a past date When it is listed Then it is red",
    ]
    assert [(t.text, t.done, t.line) for t in due.tasks] == [
        ("parse dates", True, 22),
        ("show them", False, 23),
    ]
    assert [(d.feature, d.line) for d in due.depends_on] == [("F-1", 20)]
    assert [d.feature for d in tags.depends_on] == ["F-1", "F-2"]
    assert search.depends_on == ()
    assert (storage.line, storage.end_line) == (10, 17)


def test_a_marked_heading_counts_wherever_it_stands_but_not_in_fences() -> None:
    assert [f.id for f in spec(TODO).features] == ["F-1", "F-2", "T-1", "F-4"]


@pytest.mark.parametrize(
    ("heading", "identifier", "name"),
    [
        ("## F-1: Login", "F-1", "Login"),
        ("## F1: Login", "F1", "Login"),
        ("## [FR-001] Login", "FR-001", "Login"),
        ("## Feature 2 - Login", "2", "Login"),
        ("## Feature 2: Login", "2", "Login"),
        ("## User Story 3 - Login (Priority: P1)", "3", "Login"),
        ("## 🔐 **US-7** — Login", "US-7", "Login"),
        ("## Story S-01: Login", "S-01", "Login"),
    ],
)
def test_ways_to_mark_a_heading(heading: str, identifier: str, name: str) -> None:
    feature = spec(f"# T\n\n{heading}\n\nText.\n").features[0]
    assert (feature.id, feature.name, feature.id_guessed, feature.guessed) == (identifier, name, False, False)


@pytest.mark.parametrize(
    "heading", ["Phase 1: Base", "P0: must", "UTF-8: encoding", "NFR-1: fast", "Step 2: go"]
)
def test_headings_that_only_look_marked(heading: str) -> None:
    read = spec(f"# T\n\n## {heading}\n\n## Features\n\n1. Add\n2. Remove\n")
    assert [f.name for f in read.features] == ["Add", "Remove"]


def test_subsections_of_a_feature_section_are_guessed_features() -> None:
    read = spec(
        """\
        # App

        ## Core Features

        ### User Management
        - sign up

        ### Search!
        - find

        ## Technical Requirements

        ### Backend
        - Node
        """
    )
    assert [(f.id, f.name, f.id_guessed, f.guessed) for f in read.features] == [
        ("user-management", "User Management", True, True),
        ("search", "Search!", True, True),
    ]
    assert read.features[0].description == "- sign up"
    assert any("carry no feature mark" in note for note in read.notes)


def test_numbered_leaves_are_the_features_of_numbered_groups() -> None:
    text = (
        "# A\n## Features\n### 1. Users\n#### 1.1 Sign up\nx\n#### 1.2 Log in\n### 2. Lists\n#### 2.1 Show\n"
    )
    assert [(f.id, f.name) for f in spec(text).features] == [
        ("1.1", "Sign up"),
        ("1.2", "Log in"),
        ("2.1", "Show"),
    ]


def test_what_is_left_out_is_said() -> None:
    read = spec("# A\n## Features\n### 1. Users\n### 2. Lists\n### Out of scope\n- sync\n")
    assert [f.name for f in read.features] == ["Users", "Lists"]
    assert any(note.startswith("todo.md:5: 'Out of scope' left out") for note in read.notes)


def test_a_table_under_a_feature_section() -> None:
    text = """\
    # A
    ## Feature list
    | Priority | Feature | Note |
    |---|---|---|
    | P0 | Browse | by page |
    | P1 | Search | fast |
    """
    read = spec(text)
    assert [(f.id, f.name, f.line) for f in read.features] == [
        ("browse", "Browse", 5),
        ("search", "Search", 6),
    ]
    assert read.features[0].description == "Priority: P0\nNote: by page"


def test_requirement_ids_in_several_sections_make_the_sections_features() -> None:
    text = """\
    # A
    ### 3.1 Rooms
    | ID | Text |
    |---|---|
    | FR-ROOM-01 | add a room |
    | FR-ROOM-02 | remove it |
    ### 3.2 Users
    - **FR-USER-01**: log in
    - **FR-USER-02**: log out
    """
    read = spec(text)
    assert [(f.id, f.name) for f in read.features] == [("3.1", "Rooms"), ("3.2", "Users")]
    assert [(c.id, c.text) for c in read.features[0].criteria] == [
        ("FR-ROOM-01", "add a room"),
        ("FR-ROOM-02", "remove it"),
    ]
    assert [c.id for c in read.features[1].criteria] == ["FR-USER-01", "FR-USER-02"]


def test_one_list_of_requirement_ids_makes_each_a_feature() -> None:
    text = "# A\n## What it does\n- **FR-001**: System MUST add todos\n- **FR-002**: System MUST list them\n"
    read = spec(text)
    assert [(f.id, f.name, f.id_guessed) for f in read.features] == [
        ("FR-001", "System MUST add todos", False),
        ("FR-002", "System MUST list them", False),
    ]


def test_plain_text_with_capitals_for_headings() -> None:
    text = """\
    SUN UI - PRODUCT REQUIREMENTS

    PROJECT OVERVIEW
    It shifts.

    CORE FEATURES

    1. SYSTEM TRAY
    - an icon

    2. OVERVIEW TAB
    - a graph
      - with dots
    """
    read = spec(text, name="prd.txt")
    assert read.title == "SUN UI - PRODUCT REQUIREMENTS"
    assert [(f.id, f.name, f.line) for f in read.features] == [
        ("1", "SYSTEM TRAY", 8),
        ("2", "OVERVIEW TAB", 11),
    ]


def test_a_short_note_with_an_announced_list() -> None:
    text = (
        "Simple Todo App\n\nBuild it with the following features:\n1. Add todos\n2. Delete todos\n\nDone.\n"
    )
    read = spec(text)
    assert (read.title, [f.name for f in read.features]) == ("Simple Todo App", ["Add todos", "Delete todos"])
    assert read.features[1].end_line == 5


def test_groups_under_acceptance_criteria() -> None:
    text = """\
    # Setup
    ## Acceptance Criteria
    ### Flake
    - **Given** a checkout
    - **When** it is built
    - **Then** it runs
    ### Direnv
    **Given** direnv
    **When** one enters
    **Then** it loads
    """
    read = spec(text)
    assert [(f.name, len(f.criteria)) for f in read.features] == [("Flake", 1), ("Direnv", 1)]
    assert read.features[0].criteria[0].text == "Given a checkout When it is built Then it runs"


def test_other_encodings_and_line_ends_read_the_same() -> None:
    plain = textwrap.dedent(TODO)
    wanted = spec(TODO).features
    for data in (
        plain.replace("\n", "\r\n").encode("utf-8-sig"),
        plain.encode("utf-16"),
        plain.replace("\n", "\r").encode(),
        plain.replace("### F-1: Storage", "###\u00a0F-1:\u00a0Storage").encode(),
    ):
        assert [(f.id, f.name, f.line) for f in read_prd(data, name="x").features] == [
            (f.id, f.name, f.line) for f in wanted
        ]


def test_hidden_comments_are_no_features() -> None:
    text = "# T\n<!--\n## F-8: hidden\n-->\n## F-1: shown\n<!-- never closed\n"
    assert [f.id for f in spec(text).features] == ["F-1"]


def test_tags_around_the_document_do_not_hide_it() -> None:
    text = "<context>\n# T\n</context>\n<PRD>\n## F-1: shown\ntext\n</PRD>\n"
    read = spec(text)
    assert (read.title, [f.id for f in read.features]) == ("T", ["F-1"])


def test_prose_about_other_things_is_no_dependency() -> None:
    text = """\
    # T
    ## F-1: Files
    Requires: PostgreSQL 15, Redis
    ## F-2: Buckets
    Depends on the weather and on S3.
    Depends on F-1.
    """
    read = spec(text)
    assert [[d.feature for d in f.depends_on] for f in read.features] == [[], ["F-1"]]
    assert any("PostgreSQL 15" in note for note in read.notes)


def test_dependencies_by_name_number_and_list() -> None:
    text = """\
    # T
    ## Feature 1: Store
    ## Feature 2: Dates
    depends: [1]
    ## Feature 3: Search
    Depends on: Feature 1 and Dates
    After: store
    """
    read = spec(text)
    assert [[d.feature for d in f.depends_on] for f in read.features] == [[], ["1"], ["1", "2"]]


def test_repeated_list_numbers_are_no_ids() -> None:
    text = "# T\n## Features\n### Must have\n1. Add\n2. Show\n### Should have\n1. Remove\n"
    read = spec(text)
    assert [(f.id, f.id_guessed) for f in read.features] == [("add", True), ("2", False), ("remove", True)]


@pytest.mark.parametrize(
    "body",
    [
        "Depends on:\n- F-2\n- F-3\n",
        "Depends on:\n\n1. F-2\n2. Files and folders\n",
        "### Dependencies\n\n* F-2 (the store)\n* F-3\n* Redis\n",
        "- Depends on:\n  - F-2\n  - F-3\n",
        "| Depends on | F-2, F-3 |\n|---|---|\n",
        "**Depends on**: `F-2` and [F-3](#f-3).\n",
        "depends: [F-2, 'F-3']\n",
        "Depends on: F-2 and F-3\n",
        "Depends on: F-2: b; F-3 Files and folders\n",
        "Depends on F-2 and F-3.\n",
        "Blocked by: F-2, Files and folders\n",
    ],
)
def test_no_way_to_write_dependencies_is_lost(body: str) -> None:
    read = spec(f"# T\n## F-1: a\n{body}\n## F-2: b\n## F-3: Files and folders\n")
    assert [d.feature for d in read.features[0].depends_on] == ["F-2", "F-3"]


def test_the_list_of_dependencies_ends_with_the_next_text() -> None:
    read = spec("# T\n## F-1: a\nDepends on:\n- F-2\n\nMore.\n- F-3\n## F-2: b\n## F-3: c\n")
    assert [d.feature for d in read.features[0].depends_on] == ["F-2"]
    assert read.features[0].description == "More.\n- F-3"


def test_a_criterion_on_the_line_of_its_label() -> None:
    feature = spec("# T\n## F-1: a\n**Acceptance criteria:** it prints a list\n").features[0]
    assert [(c.id, c.text, c.line) for c in feature.criteria] == [("F-1.1", "it prints a list", 3)]


@pytest.mark.parametrize("word", ["Phase", "Task", "Feature"])
@pytest.mark.parametrize("needs", ["Greeting", "{word} 1", "{word} 1: Greeting", "1"])
@pytest.mark.parametrize("mark", [":", " -"])
def test_a_number_in_front_of_a_name_is_no_part_of_it(word: str, needs: str, mark: str) -> None:
    on = needs.format(word=word)
    read = spec(
        f"# T\n\n## {word} 1{mark} Greeting\n\nPrints.\n\n## {word} 2{mark} Farewell\n\nDepends on: {on}\n"
        if mark == ":" or "1:" not in on
        else f"# T\n## {word} 1{mark} Greeting\n## {word} 2{mark} Farewell\nDepends on: {on.replace(':', ' -')}\n"
    )
    assert [(f.id, f.name) for f in read.features] == [("1", "Greeting"), ("2", "Farewell")]
    assert [d.feature for d in read.features[1].depends_on] == ["1"]


@pytest.mark.parametrize("head", ["# T", "# T\n\n## Features"])
@pytest.mark.parametrize("label", ["Acceptance criteria:", "**Done when:**", "#### Acceptance criteria\n"])
def test_numbered_criteria_of_a_phase_are_no_features(head: str, label: str) -> None:
    read = spec(
        f"{head}\n\n### Phase 1: Greeting\n\n{label}\n1. prints\n2. flushes\n"
        f"\n### Phase 2: Farewell\n\n{label}\n- ends\n"
    )
    assert [(f.id, f.name, len(f.criteria)) for f in read.features] == [
        ("1", "Greeting", 2),
        ("2", "Farewell", 1),
    ]


def test_phases_that_only_group_still_give_what_is_in_them() -> None:
    read = spec("# T\n## Plan\n### Phase 1: Base\n1. Store\n2. Dates\n### Phase 2: More\n1. Tags\n")
    assert [f.name for f in read.features] == ["Store", "Dates", "Tags"]
