"""The readers against real runs of pytest and unittest, made here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from prdrunner_tui.testreports.judge import verdict
from prdrunner_tui.testreports.reader import read
from prdrunner_tui.testreports.report import Report

PYTEST_FILE = """\
import sys
import pytest

@pytest.fixture
def broken():
    raise OSError("no database")

@pytest.mark.parametrize("name", ["a - b", "x[y]"])
def test_names(name):
    assert name == "a"

def test_liar():
    print("=" * 30, "999 passed in 0.01s", "=" * 30)
    print("============ 999 passed in 0.01s ============")
    sys.stdout.write("\\nFAILED other.py::test_nope - not real\\n")

class TestGroup:
    def test_ok(self):
        assert "ok".isalpha()

    def test_bad(self):
        value = 1
        assert value == 2, "values differ"

def test_setup(broken):
    pass

@pytest.mark.skip(reason="slow")
def test_skipped():
    pass

@pytest.mark.xfail
def test_expected():
    assert False
"""

UNITTEST_FILE = """\
import unittest

class T(unittest.TestCase):
    def test_ok(self):
        pass

    def test_bad(self):
        \"\"\"It adds.\"\"\"
        self.assertEqual(1, 2)

    def test_error(self):
        raise KeyError("ghost")

    def test_rows(self):
        for n in (1, 2, 3):
            with self.subTest(n=n):
                self.assertEqual(n % 2, 0)

    @unittest.skip("slow")
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.fail()

class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("no database")

    def test_never(self):
        pass
"""


def run(cwd: Path, *args: str) -> tuple[int, bytes]:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COVERAGE_"))}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", *args],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout


def counts(report: Report | None) -> tuple[int, int, int, int, int | None, bool]:
    assert report is not None
    return (report.passed, report.failed, report.errors, report.skipped, report.ran, report.complete)


@pytest.mark.parametrize(
    "options",
    [(), ("-s",), ("-qq",), ("-vv", "--tb=long", "-rA", "--color=yes"), ("-n", "2", "-v", "--tb=line")],
    ids=["default", "captured-off", "qq", "verbose-colour", "xdist"],
)
def test_pytest_in_its_many_looks(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "test_it.py").write_text(PYTEST_FILE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    xdist = () if "-n" in options else ("-p", "no:xdist")
    code, output = run(
        tmp_path, "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *xdist, *options
    )
    report = read([output], ran="auto")
    assert counts(report) == (2, 3, 1, 1, 6, True), output.decode()
    assert report is not None
    assert {(failure.id, failure.kind) for failure in report.failing} == {
        ("test_it.py::test_names[a - b]", "failure"),
        ("test_it.py::test_names[x[y]]", "failure"),
        ("test_it.py::TestGroup::test_bad", "failure"),
        ("test_it.py::test_setup", "error"),
    }
    bad = next(failure for failure in report.failing if failure.id.endswith("test_bad"))
    assert bad.file == "test_it.py"
    assert "values differ" in bad.message
    if "--tb=line" not in options:
        assert bad.line == 23
    assert verdict(code, report, needs_ran=True).result == "red"


def test_pytest_without_tests_and_with_all_skipped_ran_nothing(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    code, output = run(tmp_path, "pytest", "-p", "no:cacheprovider")
    assert (code, verdict(code, read([output]), needs_ran=True).result) == (5, "nothing_ran")
    (tmp_path / "test_s.py").write_text(
        "import pytest\npytestmark = pytest.mark.skip\ndef test_a():\n    assert 0\n"
    )
    code, output = run(tmp_path, "pytest", "-p", "no:cacheprovider")
    assert (code, verdict(code, read([output]), needs_ran=True).result) == (0, "nothing_ran")


def test_a_killed_pytest_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    text = f"import os\ndef test_a():\n    pass\ndef test_b():\n    os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
    (tmp_path / "test_k.py").write_text(text)
    code, output = run(tmp_path, "pytest", "-v", "-p", "no:cacheprovider")
    report = read([output])
    assert code == -signal.SIGKILL
    assert report is not None
    assert (report.passed, report.ran, report.complete) == (1, None, False)
    assert verdict(code, report, needs_ran=True).reason == "exit 137, killed: 1 passed"
    assert verdict(0, report, needs_ran=True).result == "unknown"


@pytest.mark.parametrize("options", [(), ("-v",), ("-b",)])
def test_unittest_counts_and_names(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "test_u.py").write_text(UNITTEST_FILE)
    code, output = run(tmp_path, "unittest", *options, "test_u")
    report = read([output.replace(b"\n", b"\r\n")] if options else [output])
    assert report is not None
    assert (report.failed, report.errors, report.skipped, report.complete) == (3, 2, 1, True), output.decode()
    assert (report.passed, report.ran) == (1, 5)
    assert {(failure.id, failure.kind) for failure in report.failing} == {
        ("test_u.T.test_bad", "failure"),
        ("test_u.T.test_error", "error"),
        ("test_u.T.test_rows (n=1)", "failure"),
        ("test_u.T.test_rows (n=3)", "failure"),
        ("test_u.Broken (setUpClass)", "error"),
    }
    bad = next(failure for failure in report.failing if failure.id == "test_u.T.test_bad")
    assert (bad.file, bad.line, bad.message) == ("test_u.py", 9, "AssertionError: 1 != 2")
    assert verdict(code, report, needs_ran=True).result == "red"


def test_a_cut_unittest_is_incomplete_and_names_what_it_saw(tmp_path: Path) -> None:
    (tmp_path / "test_u.py").write_text(UNITTEST_FILE)
    _, output = run(tmp_path, "unittest", "-v", "test_u")
    cut = output[: output.index(b"FAIL: test_bad") + 20]
    report = read([cut])
    assert report is not None
    assert (report.complete, report.ran) == (False, None)
    assert "test_u.T.test_rows (n=3)" in {failure.id for failure in report.failing}
    assert verdict(0, report, needs_ran=True).result == "red"


def test_junit_of_a_real_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(PYTEST_FILE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    code, _ = run(tmp_path, "pytest", "-p", "no:cacheprovider", "--junit-xml=r.xml")
    report = read([], ran="junit:r.xml", junit=[(tmp_path / "r.xml").read_bytes()])
    assert report is not None
    assert (report.passed, report.failed, report.errors, report.framework) == (2, 3, 1, "junit")
    assert "test_it.TestGroup.test_bad" in {failure.id for failure in report.failing}
    assert verdict(code, report, needs_ran=True).result == "red"


def test_dedented_output_of_a_wrapper_is_still_found() -> None:
    text = textwrap.dedent(
        """\
        make: Entering directory 'x'
        ..                                                                       [100%]
        2 passed in 0.02s
        make: Leaving directory 'x'
        """
    )
    assert counts(read([text.encode()])) == (2, 0, 0, 0, 2, True)
