"""The text of pytest 6 to 9: any verbosity and traceback style, with xdist, with or without colours.

What a test prints can look like a summary. Taken is only the last summary line, and only when its counts are not
more than what pytest said it had collected; failing tests only from the last "short test summary info".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from prdrunner_tui.testreports.report import Failure, Report, describe

_START = re.compile(r"=+ test session starts =+$")
_COLLECTED = re.compile(r"(?:collecting \.\.\. )?collected (\d+) items?\b")
_WORKERS = re.compile(r"\d+ workers? \[(\d+) items?\]")
_COUNT = r"\d+ (?:[a-z]+ )?[a-z]+"
_SUMMARY = re.compile(
    rf"(=*) ?({_COUNT}(?:, {_COUNT})*|no tests ran|no tests collected(?: \([^)]*\))?)"
    r" in [\d.]+s(?: \([\d:]+\))? ?(=*)$"
)
_COUNTS = re.compile(r"(\d+) ((?:[a-z]+ )?[a-z]+)")
_SHORT = re.compile(r"=+ short test summary info =+$")
_SECTION = re.compile(r"=+ (?!short test summary info)[A-Za-z][A-Za-z ]* =+$")
_HEADING = re.compile(r"_{1,}  ?(.+?)  ?_{1,}$")
_ENTRY = re.compile(r"(FAILED|ERROR) (\S.*)$")
_VERBOSE = re.compile(
    r"(?:\[gw\d+\] \[ *\d+%\] )?(?:(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) )?(\S+\.\w+::.+?)"
    r"(?: (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \(.*\))?(?: +\[ *(\d+)%\])?)?\s*$"
)
_PROGRESS = re.compile(r"(?:\S+\.\w+ )?([.FEsxX]+)(?: +\[ *(\d+)%\])?$")
_LOCATION = re.compile(r"(\S.*?):(\d+): ")
_MESSAGE = re.compile(r"E {3,}(\S.*)$")
_BROKEN_START = re.compile(r"ImportError while loading conftest|ERROR: (?:file or directory )?not found:")
_LETTERS = {".": "passed", "F": "failed", "E": "errors", "s": "skipped", "x": "xfailed", "X": "xpassed"}
_WORDS = {
    "PASSED": "passed",
    "FAILED": "failed",
    "ERROR": "errors",
    "SKIPPED": "skipped",
    "XFAIL": "xfailed",
    "XPASS": "xpassed",
}
_KEPT = 5000


@dataclass(slots=True)
class _Block:
    """One entry of the FAILURES or ERRORS section."""

    name: str
    places: list[tuple[str, int]] = field(default_factory=list)
    message: str = ""


class PytestReader:
    """Fed line by line; `report` gives what was seen, or None when this was not pytest."""

    def __init__(self) -> None:
        self._seen = False
        self._collected: int | None = None
        self._summary = ""
        self._counts: dict[str, int] = {}
        self._progress: dict[str, int] = {}
        self._hundred = False
        self._blocks: list[_Block] = []
        self._in_blocks = False
        self._in_short = False
        self._entries: list[tuple[str, str]] = []
        self._verbose: dict[tuple[str, str], None] = {}
        self._pending = ""
        self._broken = ""
        self._line = 0
        self.summary_line = 0
        """Number of the line that holds the last summary, 0 without one."""

    def feed(self, line: str) -> None:
        """Take the next line, as `plain_lines` gives it."""
        self._line += 1
        if not line:
            return
        first = line[0]
        if (first == "=" or line[-1] == "s") and self._frame(line):
            return
        if self._in_short:
            if first in "FE" and (match := _ENTRY.match(line)) and len(self._entries) < _KEPT:
                self._entries.append((match.group(1), match.group(2)))
        elif self._in_blocks:
            self._block_line(line)
        else:
            self._progress_line(line)

    def _frame(self, line: str) -> bool:
        if match := _SUMMARY.match(line):
            return self._take_summary(match)
        if line[0] != "=":
            return False
        if _START.match(line):
            self._reset()
            self._seen = True
        elif _SHORT.match(line):
            self._in_short, self._in_blocks = True, False
            self._entries = []
            self._seen = self._seen or len(line) >= 60
        elif _SECTION.match(line):
            self._in_short = False
            self._in_blocks = "FAILURES" in line or "ERRORS" in line
        else:
            return False
        return True

    def _reset(self) -> None:
        self._collected, self._hundred = None, False
        self._progress, self._verbose = {}, {}
        self._blocks, self._entries = [], []
        self._in_blocks = self._in_short = False
        self._pending, self._summary, self.summary_line = "", "", 0

    def _take_summary(self, match: re.Match[str]) -> bool:
        counts: dict[str, int] = {}
        for number, word in _COUNTS.findall(match.group(2)):
            counts["errors" if word == "error" else word] = int(number)
        known = {
            "passed",
            "failed",
            "errors",
            "skipped",
            "xfailed",
            "xpassed",
            "deselected",
            "warnings",
            "warning",
        }
        if match.group(2)[0].isdigit() and not known & counts.keys():
            return False
        if bool(match.group(1)) != bool(match.group(3)):
            return False
        self._summary = match.string.strip("= ")
        self._counts = counts
        self.summary_line = self._line
        self._in_short = False
        return True

    def _block_line(self, line: str) -> None:
        if line[0] == "_" and (match := _HEADING.match(line)) and not line.startswith("_ _"):
            if len(self._blocks) < _KEPT:
                self._blocks.append(_Block(match.group(1)))
        elif self._blocks:
            block = self._blocks[-1]
            if line[0] == "E":
                if not block.message and (match := _MESSAGE.match(line)):
                    block.message = match.group(1)
            elif line[0] not in " >" and (match := _LOCATION.match(line)) and len(block.places) < 50:
                block.places.append((match.group(1), int(match.group(2))))
            elif not block.message and "crashed while running" in line:
                block.message = line.strip()

    def _progress_line(self, line: str) -> None:
        if match := _COLLECTED.match(line) or _WORKERS.match(line):
            self._collected = int(match.group(1))
            self._seen = True
        elif "::" in line and (match := _VERBOSE.match(line)):
            before, name, after, percent = match.groups()
            if word := before or after:
                self._outcome(word, name.strip(), percent)
            else:
                self._pending = name.strip()
        elif self._pending and (match := re.match(r"(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b", line)):
            self._outcome(match.group(1), self._pending, None)
            self._pending = ""
        elif match := _PROGRESS.match(line):
            for letter in match.group(1):
                self._count(_LETTERS[letter])
            self._hundred = self._hundred or match.group(2) == "100"
        elif not self._seen and _BROKEN_START.match(line):
            self._broken = line[:300]

    def _outcome(self, word: str, name: str, percent: str | None) -> None:
        self._count(_WORDS[word])
        self._hundred = self._hundred or percent == "100"
        if word in ("FAILED", "ERROR") and len(self._verbose) < _KEPT:
            self._verbose[(word, name)] = None

    def _count(self, word: str) -> None:
        self._progress[word] = self._progress.get(word, 0) + 1

    def report(self) -> Report | None:
        """What was seen so far; None when nothing of it is pytest's."""
        if self._summary and self._credible():
            return self._report(self._counts, self._summary, complete=True)
        if self._broken and not self._seen:
            return Report("pytest", 0, 0, 0, 0, 0, (), self._broken, complete=False)
        finished = self._hundred and self._matches_short_summary()
        if not self._seen and not finished:
            return None
        return self._report(self._progress, "", complete=finished)

    def _credible(self) -> bool:
        total = sum(
            self._counts.get(word, 0) for word in ("passed", "failed", "skipped", "xfailed", "xpassed")
        )
        return self._collected is None or total <= self._collected + self._counts.get("errors", 0)

    def _matches_short_summary(self) -> bool:
        """Whether, without a summary line (``-qq``), the dots and the short summary tell the same."""
        bad = self._progress.get("failed", 0) + self._progress.get("errors", 0)
        return bad == len(self._entries) and sum(self._progress.values()) > 0

    def _report(self, counts: dict[str, int], summary: str, *, complete: bool) -> Report:
        passed, failed, errors, skipped, xfailed, xpassed = (
            counts.get(word, 0) for word in _LETTERS.values()
        )
        return Report(
            framework="pytest",
            passed=passed,
            failed=failed,
            errors=errors,
            skipped=skipped,
            ran=passed + failed + xfailed + xpassed if complete else None,
            failing=self._failing(),
            summary=summary or describe(passed, failed, errors, skipped),
            complete=complete,
        )

    def _failing(self) -> tuple[Failure, ...]:
        blocks: dict[str, list[_Block]] = {}
        for one in self._blocks:
            blocks.setdefault(_bare(one.name), []).append(one)
        found = []
        entries = [_split_entry(word, text, blocks) for word, text in self._entries]
        for word, name, message in entries or [(word, name, "") for word, name in self._verbose]:
            block = _take(blocks, name)
            file = name.split("::", 1)[0].split(" ", 1)[0]
            found.append(
                Failure(
                    id=name,
                    kind="error" if word == "ERROR" else "failure",
                    file=file,
                    line=_line_in(block, file),
                    message=block.message if block and block.message else message,
                )
            )
        return tuple(found)


def _bare(heading: str) -> str:
    """The test's dotted name in a heading of the FAILURES or ERRORS section."""
    for prefix in ("ERROR at setup of ", "ERROR at teardown of ", "ERROR collecting ", "[doctest] "):
        heading = heading.removeprefix(prefix)
    return heading


def _dotted(name: str) -> str:
    """The heading that belongs to a test id: without its file, ``::`` as dots outside the brackets."""
    path, _, rest = name.partition("::")
    if not rest:
        return path
    head, bracket, parameters = rest.partition("[")
    return head.replace("::", ".") + bracket + parameters


def _split_entry(word: str, text: str, blocks: dict[str, list[_Block]]) -> tuple[str, str, str]:
    """Word, test id and message of an entry ``FAILED id - message``; either part may itself hold `` - ``."""
    cuts = [match.start() for match in re.finditer(" - ", text)]
    for cut in (*cuts, len(text)):
        if _dotted(text[:cut]) in blocks:
            return word, text[:cut], text[cut + 3 :]
    bracket = text.find("[")
    closing = text.find("] - ", bracket) if 0 <= bracket < (cuts[0] if cuts else -1) else -1
    cut = closing + 1 if closing >= 0 else cuts[0] if cuts else len(text)
    return word, text[:cut], text[cut + 3 :]


def _take(blocks: dict[str, list[_Block]], name: str) -> _Block | None:
    waiting = blocks.get(_dotted(name)) or blocks.get(name)
    if not waiting:
        return None
    file = name.split("::", 1)[0]
    of_file = [block for block in waiting if any(_is_same(path, file) for path, _ in block.places)]
    block = (of_file or waiting)[0]
    if len(waiting) > 1:
        waiting.remove(block)
    return block


def _is_same(path: str, file: str) -> bool:
    return path == file or path.endswith(f"/{file}")


def _line_in(block: _Block | None, file: str) -> int | None:
    if block is None:
        return None
    return next((line for path, line in reversed(block.places) if _is_same(path, file)), None)
