"""``prdrunner plan``: what it shows, and A21: what it says of documents that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prdrunner_tui.cli import output
from tests.cli.conftest import InProcess, Place, make_place

BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "prd.md"),
    "no feature": (b"just words\n", "prd.md:1"),
    "cycle": (b"# T\n\n## F-1: A\nDepends on: F-2\n\n## F-2: B\nDepends on: F-1\n", "F-1 > F-2 > F-1"),
    "unknown dependency": (b"# T\n\n## F-1: A\nDepends on: F-9\n\n## F-2: B\n", "prd.md:4:13"),
    "itself": (b"# T\n\n## F-1: A\nDepends on: F-1\n", "prd.md:4"),
    "duplicate id": (b"# T\n\n## F-1: A\n\n## F-1: B\n", "prd.md:5"),
    "not utf-8": (b"# T\n\n## F-1: caf\xe9\n", "prd.md:3"),
    "binary": (b"\x00\x01\x02" * 100, "prd.md"),
    "too many": (b"# T\n" + b"".join(b"\n## F-%d: x\n" % n for n in range(1, 10_001)), "prd.md"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A repository."""
    return make_place(tmp_path_factory.mktemp("plan"))


@pytest.mark.parametrize("name", BROKEN)
def test_a21_a_broken_document_is_told_with_its_place_and_a_hint(
    project: Place, give: InProcess, tmp_path: Path, name: str
) -> None:
    data, wanted = BROKEN[name]
    (tmp_path / "prd.md").write_bytes(data)
    said = give(project, "plan", "--prd-file", str(tmp_path / "prd.md"))
    assert said.code == 2
    assert said.out == ""
    assert said.problem[0].startswith("error: ")
    assert wanted in said.err
    assert len(said.problem) >= 2
    assert all(len(line) < 500 for line in said.problem)


def test_the_table_is_aligned(project: Place, give: InProcess) -> None:
    head, columns, first, second = give(project, "plan", "--prd-file", "docs/prd.md").out.splitlines()
    assert head == "2 phases, 2 batches"
    assert columns.split() == ["PHASE", "FEATURES", "AFTER", "CRITERIA", "SCOPE", "NAME"]
    at = columns.index("CRITERIA") + len("CRITERIA") - 1
    assert (first[at], second[at]) == ("1", "1")
    assert columns.index("NAME") == first.index("Multiply") == second.index("Halve")


def test_what_can_run_at_once(project: Place, give: InProcess) -> None:
    said = give(project, "plan", "--prd-file", "docs/prd.md", "--show-parallel").out
    assert "2 phases, 2 batches, one after the other" in said
    assert "critical path  multiply > halve" in said


def test_json(project: Place, give: InProcess) -> None:
    told = json.loads(give(project, "plan", "--prd-file", "docs/prd.md", "--json").out)
    assert [phase["id"] for phase in told["phases"]] == ["multiply", "halve"]
    assert told["phases"][1]["deps"] == ["multiply"]


@pytest.mark.parametrize("heading", ["F-1 Multiply", "F-1: Multiply", "[F-1] Multiply", "FR-1 Multiply"])
def test_a_heading_with_an_id_is_a_feature_with_or_without_a_colon(
    project: Place, give: InProcess, tmp_path: Path, heading: str
) -> None:
    (tmp_path / "prd.md").write_text(f"# T\n\n## {heading}\n\nWords.\n")
    said = give(project, "plan", "--prd-file", str(tmp_path / "prd.md"))
    assert said.out.splitlines()[2].split()[0] == "multiply"
    assert "guessed" not in said.err


def test_a_name_that_looks_like_an_id_is_none(project: Place, give: InProcess, tmp_path: Path) -> None:
    (tmp_path / "prd.md").write_text("# T\n\n## F-1: One\n\nWords.\n\n## GPT-4 support\n\nWords.\n")
    told = json.loads(give(project, "plan", "--prd-file", str(tmp_path / "prd.md"), "--json").out)
    assert [phase["id"] for phase in told["phases"]] == ["one"]


@pytest.mark.parametrize("width", [60, 80])
def test_on_a_terminal_no_row_is_longer_than_a_line(
    project: Place, give: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """Neither breaks inside a word: rows are cut, the chain is folded between its phases."""
    monkeypatch.setattr(output, "terminal_width", lambda: width)
    features = [
        f"## F-{n}: Feature number {n} with a long name\n\nFiles: src/some/deep/folder/module_{n}.py\n"
        + (f"Depends on: F-{n - 1}\n" if n else "")
        for n in range(4)
    ]
    (tmp_path / "prd.md").write_text("# T\n\n" + "\n".join(features))
    shown = give(project, "plan", "--prd-file", str(tmp_path / "prd.md")).out.splitlines()
    assert max(map(len, shown)) <= width
    assert all(line.startswith("featu") and "…" in line for line in shown[2:])
    said = give(project, "plan", "--prd-file", str(tmp_path / "prd.md"), "--show-parallel").out
    chain = f"critical path{said.partition('critical path')[2]}".splitlines()
    assert len(chain) > 1 and max(map(len, chain)) <= width
    assert {word for line in chain for word in line.split()} == {
        "critical",
        "path",
        ">",
        *(f"feature-number-{n}-with-a-long-name" for n in range(4)),
    }


def test_a_narrow_table_keeps_what_names_its_rows_longest() -> None:
    assert output.narrowed([20, 30, 10, 40], [0, 1, 2], 50) == [20, 20, 10, 40]
    assert output.narrowed([20, 30, 10, 40], [0, 1, 2], 18) == [6, 6, 6, 40]
    assert output.narrowed([20, 30, 10, 40], [], 20) == [20, 30, 10, 40]
