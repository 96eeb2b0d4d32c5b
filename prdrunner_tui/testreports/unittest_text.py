"""The text of Python's unittest, 3.8 to 3.14, plain or verbose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from prdrunner_tui.testreports.report import Failure, FailureKind, Report, describe

_RULE = "=" * 70
_DASHES = "-" * 70
_TITLE = re.compile(r"(ERROR|FAIL|UNEXPECTED SUCCESS): (.+)$")
_NAME = re.compile(r"(\S+) \(([\w.<>]+)\)(.*)$")
_RAN = re.compile(r"Ran (\d+) tests? in [\d.]+s$")
_STATUS = re.compile(r"(OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$")
_COUNT = re.compile(r"([a-z ]+)=(\d+)")
_DOTS = re.compile(r"[.FEsxu]+$")
_VERBOSE = re.compile(r".* \.\.\. (ok|FAIL|ERROR|skipped .*|expected failure|unexpected success)$")
_FRAME = re.compile(r'  File "(.+)", line (\d+), in (.+)$')
_MESSAGE = re.compile(r"[A-Za-z_][\w.]*(?:: .*)?$")
_KINDS: dict[str, FailureKind] = {
    "ERROR": "error",
    "FAIL": "failure",
    "UNEXPECTED SUCCESS": "unexpected_success",
}
_LETTERS = {".": "ok", "F": "FAIL", "E": "ERROR", "s": "skipped", "x": "expected", "u": "unexpected"}
_KEPT = 5000


@dataclass(slots=True)
class _Block:
    kind: FailureKind
    id: str
    test: str
    """The id without the parameters of a subtest."""
    file: str = ""
    line: int | None = None
    message: str = ""


class UnittestReader:
    """Fed line by line; `report` gives what was seen, or None when this was not unittest."""

    def __init__(self) -> None:
        self._previous = ""
        self._blocks: list[_Block] = []
        self._open = False
        self._ran: int | None = None
        self._status = ""
        self._counts: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._named: dict[str, FailureKind] = {}
        self._line = 0
        self.summary_line = 0
        """Number of the line that holds the last status, 0 without one."""

    def feed(self, line: str) -> None:
        """Take the next line, as `plain_lines` gives it."""
        self._line += 1
        if self._previous == _RULE and (match := _TITLE.match(line)):
            self._start_block(match)
        elif self._previous.startswith(_DASHES) and (match := _RAN.match(line)):
            self._ran, self._open, self._status = int(match.group(1)), False, ""
        elif self._ran is not None and not self._status and line and (match := _STATUS.match(line)):
            self._status = line
            self._counts = {
                word.strip(): int(number) for word, number in _COUNT.findall(match.group(2) or "")
            }
            self.summary_line = self._line
        elif self._open and self._blocks:
            self._traceback(self._blocks[-1], line)
        elif match := _VERBOSE.match(line):
            self._verbose_line(line, match.group(1).split(" ", 1)[0])
        elif _DOTS.match(line):
            for letter in line:
                self._count(_LETTERS[letter])
        self._previous = line

    def _count(self, word: str) -> None:
        self._seen[word] = self._seen.get(word, 0) + 1

    def _verbose_line(self, line: str, word: str) -> None:
        self._count(word)
        name = line.rsplit(" ... ", 1)[0].strip()
        title = name if _NAME.match(name) else self._previous.strip()
        if word in ("FAIL", "ERROR") and len(self._named) < _KEPT:
            self._named["".join(_test_id(title))] = _KINDS[word]

    def _start_block(self, match: re.Match[str]) -> None:
        if self._status:
            self._blocks, self._status, self._ran = [], "", None
        test, suffix = _test_id(match.group(2))
        self._open = True
        if len(self._blocks) < _KEPT:
            self._blocks.append(_Block(_KINDS[match.group(1)], f"{test}{suffix}", test))

    def _traceback(self, block: _Block, line: str) -> None:
        if match := _FRAME.match(line):
            module = block.test.split(" ", 1)[0].rsplit(".", 2)[0].replace(".", "/") + ".py"
            alone = block.test.split(" ", 1)[0].rsplit(".", 1)[0].replace(".", "/") + ".py"
            path = match.group(1)
            for candidate in (module, alone):
                if path == candidate or path.endswith(f"/{candidate}"):
                    block.file, block.line = candidate, int(match.group(2))
        elif not block.message and self._previous[:1] in (" ", "-") and line[:1].strip():
            is_message = line != _DASHES and not line.startswith("Traceback ") and _MESSAGE.match(line)
            block.message = line[:500] if is_message else ""

    def report(self) -> Report | None:
        """What was seen so far; None when nothing of it is unittest's."""
        failing = tuple(Failure(b.id, b.kind, b.file, b.line, b.message) for b in self._blocks)
        if self._ran is None or not self._status:
            return self._incomplete(failing)
        failed = self._counts.get("failures", 0)
        errors = self._counts.get("errors", 0)
        skipped = self._counts.get("skipped", 0)
        expected = self._counts.get("expected failures", 0)
        bad = {block.test for block in self._blocks if " (" not in block.test}
        ran = max(0, self._ran - skipped)
        return Report(
            framework="unittest",
            passed=max(0, ran - len(bad) - expected),
            failed=failed,
            errors=errors,
            skipped=skipped,
            ran=ran,
            failing=failing,
            summary=f"Ran {self._ran} test{'' if self._ran == 1 else 's'}: {self._status}",
            complete=True,
        )

    def _incomplete(self, failing: tuple[Failure, ...]) -> Report | None:
        if not self._blocks:
            return None
        if self._named:
            # The last title may be cut; the verbose lines above it are whole.
            by_id = {one.id: one for one in failing}
            failing = tuple(by_id.get(name, Failure(name, kind)) for name, kind in self._named.items())
        failed = self._seen.get("FAIL", 0)
        errors = self._seen.get("ERROR", 0)
        passed, skipped = self._seen.get("ok", 0), self._seen.get("skipped", 0)
        failed = max(failed, sum(one.kind == "failure" for one in failing))
        errors = max(errors, sum(one.kind == "error" for one in failing))
        words = describe(passed, failed, errors, skipped)
        return Report("unittest", passed, failed, errors, skipped, None, failing, words, complete=False)


def _test_id(title: str) -> tuple[str, str]:
    """Full id of a test and the parameters of a subtest, from ``name (module.Class[.name])params``."""
    match = _NAME.match(title)
    if not match:
        return title, ""
    name, where, suffix = match.groups()
    if name in ("setUpClass", "tearDownClass", "setUpModule", "tearDownModule"):
        return f"{where} ({name})", suffix
    return (where if where.endswith(f".{name}") else f"{where}.{name}"), suffix
