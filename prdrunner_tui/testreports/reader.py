"""One entry for the output of a verify command: which reader, by the command's ``ran``."""

from __future__ import annotations

from collections.abc import Iterable

from prdrunner_tui.testreports.junit_xml import read_junit
from prdrunner_tui.testreports.lines import plain_lines
from prdrunner_tui.testreports.pattern import PatternReader, compile_ran_pattern
from prdrunner_tui.testreports.pytest_text import PytestReader
from prdrunner_tui.testreports.report import Report
from prdrunner_tui.testreports.unittest_text import UnittestReader
from prdrunner_tui.text.problem import Problem

AUTO = "auto"
_JUNIT = "junit:"


def junit_path(ran: str) -> str | None:
    """The path (it may be a glob) of ``junit:PATH``, else None."""
    return ran[len(_JUNIT) :].strip() or None if ran.startswith(_JUNIT) else None


def check_ran(ran: str) -> None:
    """Raise Problem when a ``ran`` of the configuration is none of ``auto``, ``junit:PATH``, a safe pattern."""
    if ran.startswith(_JUNIT):
        if junit_path(ran) is None:
            raise Problem("junit: needs a path", hint="for example junit:build/report.xml")
    elif ran != AUTO:
        compile_ran_pattern(ran)


def read(output: Iterable[bytes], *, ran: str = AUTO, junit: Iterable[bytes] = ()) -> Report | None:
    """Read a command's output, or the report files it wrote.

    Args:
        output: stdout and stderr as they came, in chunks of any size (the whole is never held in memory).
        ran: ``auto`` (pytest and unittest are recognised), ``junit:PATH``, or a pattern with one group.
        junit: with ``junit:PATH``, the files at that path which this run has written, one item each.

    Returns:
        None when nothing could be recognised.

    Raises:
        Problem: a `ran` that `check_ran` refuses, or a junit file that `read_junit` refuses.
    """
    if ran.startswith(_JUNIT):
        check_ran(ran)
        return read_junit(junit, name=junit_path(ran) or "junit")
    lines = plain_lines(output)
    if ran != AUTO:
        reader = PatternReader(ran)
        reader.feed_all(lines)
        return reader.report()
    return _detect(lines)


def _detect(lines: Iterable[str]) -> Report | None:
    by_pytest, by_unittest = PytestReader(), UnittestReader()
    for line in lines:
        by_pytest.feed(line)
        by_unittest.feed(line)
    pytest_report, unittest_report = by_pytest.report(), by_unittest.report()
    if pytest_report is None or unittest_report is None:
        return pytest_report or unittest_report
    if pytest_report.complete != unittest_report.complete:
        return pytest_report if pytest_report.complete else unittest_report
    return pytest_report if by_pytest.summary_line >= by_unittest.summary_line else unittest_report
