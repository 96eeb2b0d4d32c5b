"""JUnit XML as pytest, Maven, Gradle, Jest, go-junit-report and others write it.

Parsed by expat with our own handlers: a document type, entities, deep nesting and very large files are refused
before anything of them is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat

from prdrunner_tui.testreports.report import Failure, FailureKind, Report, describe
from prdrunner_tui.text.problem import Problem

MAX_BYTES = 50_000_000
MAX_DEPTH = 64
MAX_FAILURES = 5000
_PLACE = re.compile(r"\(([\w.$-]+\.\w+):(\d+)\)|^(\S+\.\w+):(\d+)(?=[:\s]|$)", re.M)


def read_junit(documents: Iterable[bytes], *, name: str = "junit") -> Report | None:
    """One report of all given documents; None without any.

    A document that is cut gives what was seen of it, `complete` False and `ran` None.

    Raises:
        Problem: a document type or entity, more than `MAX_DEPTH` levels or `MAX_BYTES` bytes.
    """
    reader = _Reader(name)
    read_any = False
    for document in documents:
        read_any = True
        reader.read(document)
    return reader.report() if read_any else None


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.complete = True
        self.found_suite = False
        self.total = self.failed = self.errors = self.skipped = 0
        self.clean = 0  # test cases without any mark
        self.failing: list[Failure] = []
        self.case: dict[str, str] | None = None
        self.marked = False
        self.kind: FailureKind | None = None
        self.attributes: dict[str, str] = {}
        self.text: list[str] = []
        self.depth = 0

    def read(self, document: bytes) -> None:
        if len(document) > MAX_BYTES:
            raise Problem(f"{self.name} has more than {MAX_BYTES // 1_000_000} MB", hint="split the test run")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.refuse
        parser.EntityDeclHandler = self.refuse
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        self.depth = 0
        self.case = self.kind = None
        try:
            parser.Parse(document, True)
        except expat.ExpatError:
            self.complete = False

    def refuse(self, *_: object) -> None:
        raise Problem(f"{self.name} declares a document type or entity", hint="it is not read; remove it")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Problem(f"{self.name} is nested more than {MAX_DEPTH} deep", hint="it is not read")
        tag = tag.rsplit(":", 1)[-1]
        if tag in ("testsuite", "testsuites"):
            self.found_suite = True
        elif tag == "testcase":
            self.case, self.marked = attributes, False
            self.total += 1
        elif self.case is not None and tag in ("failure", "error"):
            self.kind = "failure" if tag == "failure" else "error"
            self.attributes, self.text = attributes, []
            self.failed += tag == "failure"
            self.errors += tag == "error"
            self.marked = True
        elif self.case is not None and tag == "skipped":
            self.skipped += not self.marked
            self.marked = True

    def characters(self, data: str) -> None:
        if self.kind is not None and len(self.text) < 200:
            self.text.append(data[:20_000])

    def end(self, tag: str) -> None:
        self.depth -= 1
        tag = tag.rsplit(":", 1)[-1]
        if tag == "testcase":
            self.clean += self.case is not None and not self.marked
            self.case = None
        elif tag in ("failure", "error") and self.kind is not None and self.case is not None:
            if len(self.failing) < MAX_FAILURES:
                self.failing.append(self.failure(self.case, self.kind))
            self.kind = None

    def failure(self, case: dict[str, str], kind: FailureKind) -> Failure:
        text = "".join(self.text)
        classname, name = case.get("classname", ""), case.get("name", "")
        file, line = _place(text, case, classname)
        message = self.attributes.get("message") or next((x for x in text.split("\n") if x.strip()), "")
        return Failure(
            id=".".join(dict.fromkeys(part for part in (classname, name) if part)) or "(unnamed)",
            kind=kind,
            file=file,
            line=line,
            message=message.strip().split("\n", 1)[0][:500],
        )

    def report(self) -> Report:
        complete = self.complete and self.found_suite
        summary = describe(self.clean, self.failed, self.errors, self.skipped)
        return Report(
            framework="junit",
            passed=self.clean,
            failed=self.failed,
            errors=self.errors,
            skipped=self.skipped,
            ran=self.total - self.skipped if complete else None,
            failing=tuple(self.failing),
            summary=summary,
            complete=complete,
        )


def _place(text: str, case: dict[str, str], classname: str) -> tuple[str, int | None]:
    """File and line of the last frame of a stack trace that is the test's own, else of the test case."""
    file = case.get("file", "")
    simple = re.split(r"[.$]", classname)
    for match in _PLACE.finditer(text[:20_000]):
        path, line = (match.group(1), match.group(2)) if match.group(1) else (match.group(3), match.group(4))
        stem = path.rsplit("/", 1)[-1].split(".", 1)[0]
        if path == file or stem in simple:
            return file or path, int(line)
    own = case.get("line", "")
    return file, int(own) if own.isdigit() and len(own) < 9 else None
