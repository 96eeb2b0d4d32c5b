"""A24: a state directory that something else wrote into gives lines, never a traceback."""

from __future__ import annotations

from tests.cli.conftest import InProcess, Place


def test_a24_doctor_tells_of_a_damaged_list_of_runs_and_still_looks_at_the_logs(
    waiting: Place, give: InProcess
) -> None:
    (registry,) = (waiting.home / "state").glob("*/registry.db")
    kept = {path: path.read_bytes() for path in registry.parent.glob("registry.db*")}
    for path in kept:
        path.unlink()
    registry.write_bytes(b"this is no database, and long enough to be looked at" * 100)
    try:
        said = give(waiting, "doctor")
    finally:
        registry.unlink()
        for path, content in kept.items():
            path.write_bytes(content)
    assert said.code == 1 and said.err == ""
    assert "the list of runs cannot be read" in said.out and "commits" in said.out, said.out


def test_a24_doctor_tells_of_a_damaged_record_of_a_workspace(waiting: Place, give: InProcess) -> None:
    (record,) = (waiting.home / "state").glob("*/runs/*/ws-private/*/workspace.json")
    kept = record.read_bytes()
    record.write_bytes(b"\xff\x1b[31m")
    try:
        said = give(waiting, "doctor")
    finally:
        record.write_bytes(kept)
    assert "damaged record" in said.out and "\x1b" not in said.out + said.err, said.out + said.err
