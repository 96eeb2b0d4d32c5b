"""A23, the part of the verdict: exit code and count are joined, and nothing a test prints makes it green."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.testreports.judge import failure_signature, verdict
from prdrunner_tui.testreports.junit_xml import read_junit
from prdrunner_tui.testreports.lines import LONGEST, plain_lines
from prdrunner_tui.testreports.reader import check_ran, junit_path, read
from prdrunner_tui.testreports.report import Failure, Report
from prdrunner_tui.text.problem import Problem


def report(
    passed: int = 3, failed: int = 0, errors: int = 0, ran: int | None = 3, complete: bool = True
) -> Report:
    failing = tuple(Failure(f"t::{n}", "failure") for n in range(failed))
    return Report("pytest", passed, failed, errors, 0, ran, failing, "words", complete)


@pytest.mark.parametrize(
    ("exit_code", "given_report", "needs_ran", "result"),
    [
        (0, report(), True, "green"),
        (0, report(0, ran=0), True, "nothing_ran"),
        (0, None, True, "unknown"),
        (0, report(ran=None, complete=False), True, "unknown"),
        (0, report(2, failed=1), True, "red"),
        (0, report(2, errors=1), True, "red"),
        (0, report(2, failed=1), False, "red"),
        (0, None, False, "green"),
        (1, None, False, "red"),
        (1, report(), True, "red"),
        (-9, report(), True, "red"),
        (5, report(0, ran=0), True, "nothing_ran"),
        (5, report(0, ran=0, complete=False), True, "red"),
        (5, None, True, "red"),
    ],
)
def test_a23_the_table(exit_code: int, given_report: Report | None, needs_ran: bool, result: str) -> None:
    found = verdict(exit_code, given_report, needs_ran=needs_ran)
    assert found.result == result
    assert found.reason


SESSION = """\
============================= test session starts ==============================
collected 3 items

test_a.py {}
"""


def test_a23_a_forged_summary_in_a_cut_output_is_not_believed() -> None:
    forged = SESSION.format("============ 999 passed in 0.01s ============\n=== 999 passed in 0.01s ===")
    found = read([forged.encode()])
    assert found is not None
    assert (found.complete, found.ran) == (False, None)
    assert verdict(0, found, needs_ran=True).result == "unknown"


def test_a23_an_exit_0_that_a_test_forced_is_unknown() -> None:
    assert verdict(0, read([SESSION.format("..").encode()]), needs_ran=True).result == "unknown"


def test_a23_a_script_that_only_says_ok_is_unknown() -> None:
    assert read([b"all tests passed\nOK\n"]) is None


def test_only_the_last_summary_counts() -> None:
    first = SESSION.format("FFF") + "=========== 3 failed in 0.01s ===========\n"
    second = SESSION.format("...") + "=========== 3 passed in 0.01s ===========\n"
    found = read([(first + second).encode()])
    assert found is not None
    assert (found.passed, found.failed, found.failing) == (3, 0, ())


@given(st.lists(st.integers(0, 400), max_size=6))
def test_chunks_make_no_difference(cuts: list[int]) -> None:
    data = (
        SESSION.format(".F.  [100%]")
        + "=== FAILURES ===\n_____ test_x _____\nE   assert 1 == 2\ntest_a.py:3: AssertionError\n"
        + "=========================== short test summary info ===========================\n"
        + "\x1b[31mFAILED\x1b[0m test_a.py::\x1b[1mtest_x\x1b[0m - assert 1 == 2\n=== 1 failed, 2 passed in 0.01s ===\n"
    ).encode()
    points = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[a:b] for a, b in pairwise(points)]
    found = read(chunks)
    assert found == read([data])
    assert found is not None
    assert found.failing == (Failure("test_a.py::test_x", "failure", "test_a.py", 3, "assert 1 == 2"),)


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_any_bytes_are_read(chunks: list[bytes]) -> None:
    read(chunks)


def test_endless_lines_are_cropped() -> None:
    lines = list(plain_lines([b"x" * 100_000 for _ in range(100)] + [b"\nend"]))
    assert [len(line) for line in lines] == [LONGEST, 3]


def test_a06_patterns_find_the_last_number() -> None:
    output = [b"Tests: 1,204 ran\nTests: 12 ran\nbye\n"]
    found = read(output, ran=r"Tests: ([\d,]+) ran")
    assert found is not None
    assert (found.ran, found.summary) == (12, "Tests: 12 ran")
    assert read(output, ran=r"Specs: (\d+)") is None
    assert (
        verdict(0, read([b"Tests: 0 ran"], ran=r"Tests: (\d+) ran"), needs_ran=True).result == "nothing_ran"
    )


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\d+",
        r"\d+ passed",
        r"(\d+) (\d+)",
        r"((a+)+)",
        r"(?:a+)+(b)",
        r"(?:a|b+)*(c)",
        r"(?:a?){30}(b)",
        r".*.*.*(\d)",
        r"(\d)\1",
        r"(?=.*)(\d)",
        "(" + "a" * 300 + ")",
        "junit:",
        "junit: ",
    ],
)
def test_a06_harmful_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(Problem) as caught:
        check_ran(pattern)
    assert "\n" not in str(caught.value)


def test_a06_an_accepted_pattern_stays_quick_on_hostile_text() -> None:
    started = time.monotonic()
    assert read([b"a" * 5000 + b"\n"] * 2000, ran=r"a*.*(\d)") is None
    assert time.monotonic() - started < 10


def test_junit_paths() -> None:
    assert junit_path("junit:build/*.xml") == "build/*.xml"
    assert junit_path("auto") is None
    check_ran("junit:a.xml")
    check_ran("auto")
    assert read([], ran="junit:a.xml") is None


JUNIT = b"""<?xml version="1.0"?><testsuites><testsuite name="s">
<testcase classname="a.B" name="ok"/>
<testcase classname="a.B" name="bad"><failure message="1 != 2&#10;more">at a.B.bad(B.java:16)</failure></testcase>
<testcase classname="a.B" name="err" file="b.py" line="7"><error>boom</error></testcase>
<testcase classname="a.B" name="skip"><skipped/></testcase>
</testsuite></testsuites>"""


def test_junit_counts_names_and_places() -> None:
    found = read_junit([JUNIT])
    assert found is not None
    assert (found.passed, found.failed, found.errors, found.skipped, found.ran) == (1, 1, 1, 1, 3)
    assert found.failing == (
        Failure("a.B.bad", "failure", "B.java", 16, "1 != 2"),
        Failure("a.B.err", "error", "b.py", 7, "boom"),
    )


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>',
        b'<!DOCTYPE testsuite SYSTEM "file:///etc/passwd"><testsuite/>',
        b"<a>" * 5000,
    ],
)
def test_junit_bombs_are_refused(document: bytes) -> None:
    with pytest.raises(Problem):
        read_junit([document])


@pytest.mark.parametrize("document", [b"", b"not xml", JUNIT[:300], b"<html></html>"])
def test_a_cut_or_foreign_junit_is_incomplete(document: bytes) -> None:
    found = read_junit([document])
    assert found is not None
    assert (found.complete, found.ran) == (False, None)


def test_the_same_failure_is_known_again() -> None:
    one = failure_signature(report(failed=2), 1)
    assert one == failure_signature(report(9, failed=2), 1, b"other text")
    assert one != failure_signature(report(failed=3), 1)
    assert one != failure_signature(report(failed=2), 2)
    assert len(one) == 16


def test_without_failing_tests_the_normalised_last_lines_count() -> None:
    first = b"error in /tmp/run-81/src/a.c:12: bad at 0x7ffe12 (0.31s) 4be1c02a\n"
    again = b"\x1b[31merror\x1b[0m in /tmp/run-9/src/a.c:14:  bad at 0x11 (1.2s) 91d0aa7f\r\n"
    other = b"error in /tmp/run-81/src/b.c:12: bad\n"
    assert failure_signature(None, 2, first) == failure_signature(None, 2, again)
    assert failure_signature(None, 2, first) != failure_signature(None, 2, other)
    assert failure_signature(None, 2, [first[:10], first[10:]]) == failure_signature(None, 2, first)
