"""`read_prd` and `check_prd`: bytes of a PRD to a `Spec`, or every problem in it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace

from prdrunner_tui.prd import words
from prdrunner_tui.prd.body import Body, read_body
from prdrunner_tui.prd.deps import DepWord
from prdrunner_tui.prd.find import Found, find_features, skipped_sections
from prdrunner_tui.prd.graph import find_cycle
from prdrunner_tui.prd.model import Criterion, Dep, Feature, Spec
from prdrunner_tui.prd.outline import Outline, outline
from prdrunner_tui.text.decode import decode_text
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import Value, read_yaml

MAX_BYTES = 10_000_000
MAX_FEATURES = 1000
_STATUS = re.compile(r"[\[(](done|removed|implemented|deferred|cancelled)[\])]\s*$", re.I)
_RANGE = re.compile(r"\d\s*(?:\.\.+|…|–|—|\s-\s|\bto\b|\bthrough\b)\s*[A-Z]*-?\d", re.I)
_MARK_HINT = "mark each feature with a heading like '### F-1: Name'"


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check_prd` found: a spec when it could be read at all, and all problems."""

    spec: Spec | None
    problems: tuple[Problem, ...]


def read_prd(data: bytes, *, name: str) -> Spec:
    """Read a PRD. Raises the first `Problem` of `check_prd`."""
    checked = check_prd(data, name=name)
    if checked.problems or checked.spec is None:
        raise checked.problems[0]
    return checked.spec


def check_prd(data: bytes, *, name: str) -> Checked:
    """Read a PRD and collect all that is wrong with it, in the order of its lines.

    Problems are: too large, empty, not text, no feature, too many features, bad front matter, an id that is there
    twice, an unknown dependency, a cycle. Each has ``name:line[:column]`` and a hint.
    """
    try:
        text = decode_text(data, name=name, max_bytes=MAX_BYTES)
        if not text.strip():
            raise Problem("the PRD is empty", where=f"{name}:1", hint=_MARK_HINT)
        document = outline(text)
        front_matter = _front_matter(document, name)
        found = find_features(document)
        if not found:
            raise Problem("no feature found", where=f"{name}:1", hint=_MARK_HINT)
        if len(found) > MAX_FEATURES:
            where = f"{name}:{found[MAX_FEATURES].line}"
            raise Problem(
                f"{len(found):,} features", where=where, hint=f"at most {MAX_FEATURES:,}; split the PRD"
            )
    except Problem as problem:
        return Checked(None, (problem,))
    reader = _Reader(name, document)
    features = reader.features(found)
    spec = Spec(
        name=name,
        title=_title(document, front_matter, name),
        features=features,
        sha256=hashlib.sha256(data).hexdigest(),
        front_matter=front_matter,
        notes=tuple(reader.notes),
    )
    return Checked(spec, tuple(sorted(reader.problems, key=_line_of)))


def _line_of(problem: Problem) -> int:
    parts = problem.where.rsplit(":", 2)
    return next((int(part) for part in parts[1:] if part.isdigit()), 0)


def _front_matter(document: Outline, name: str) -> dict[str, Value]:
    if document.front_matter is None:
        return {}
    data = "\n" * document.front_matter_line + document.front_matter
    value = read_yaml(data.encode("utf-8", "surrogatepass"), name=name).value
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Problem("front matter must be keys and values", where=f"{name}:1", hint="write 'title: ...'")
    return value


def _title(document: Outline, front_matter: dict[str, Value], name: str) -> str:
    written = front_matter.get("title")
    if isinstance(written, str) and written.strip():
        return one_line(written, 200)
    sections = [section for section in document.root.walk() if section.level]
    top = next((section for section in sections if section.level == 1), sections[0] if sections else None)
    if top is not None and (top.level == 1 or not document.root.blocks):
        return str(one_line(top.text, 200))
    first = next((line.strip() for line in document.lines if line.strip()), name)
    return str(one_line(words.heading_text(first), 200))


class _Reader:
    def __init__(self, name: str, document: Outline) -> None:
        self.name = name
        self.document = document
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.called: dict[str, str] = {}
        """Ids by what headings call them, where only one heading does."""

    def note(self, line: int, text: str) -> None:
        self.notes.append(f"{self.name}:{line}: {text}")

    def features(self, found: list[Found]) -> tuple[Feature, ...]:
        ids = self.ids(found)
        bodies = [read_body(self.document, one) for one in found]
        names = [words.plain(one.name) for one in found]
        known = dict(zip(ids, names, strict=True))
        calls = [
            (call, identifier) for one, identifier in zip(found, ids, strict=True) for call in one.called
        ]
        times = Counter(call for call, _ in calls)
        self.called = {call: identifier for call, identifier in calls if times[call] == 1}
        features = []
        for one, identifier, feature_name, body in zip(found, ids, names, bodies, strict=True):
            features.append(
                Feature(
                    id=identifier,
                    id_guessed=identifier != one.id,
                    name=feature_name,
                    description=body.description,
                    criteria=_numbered(identifier, body),
                    depends_on=self.deps(identifier, body.deps, known),
                    tasks=tuple(body.tasks),
                    line=one.line,
                    end_line=self.last_line(one),
                    scope=tuple(body.scope),
                    guessed=not one.marked,
                )
            )
        if not found[0].marked:
            self.note(
                found[0].line,
                f"{len(found)} features taken from headings or lists that carry no feature mark",
            )
        for section in skipped_sections(self.document, found):
            self.note(
                section.line, f"'{one_line(section.text, 60)}' left out: its heading says it is no feature"
            )
        for feature in features:
            if match := _STATUS.search(feature.name):
                self.note(
                    feature.line, f"feature {one_line(feature.id, 40)} is marked {match.group(1).upper()}"
                )
        self.check_cycle(features)
        return tuple(features)

    def last_line(self, one: Found) -> int:
        last = one.end
        while last > one.line and not self.document.lines[last - 1].strip():
            last -= 1
        return last

    def ids(self, found: list[Found]) -> list[str]:
        """The written ids; made ones (`slug` of the name) where there is none or a list number repeats."""
        first_line: dict[str, int] = {}
        numbers = [one.id for one in found if one.is_number]
        taken: set[str] = set()
        ids: list[str] = []
        for one in found:
            if one.id and not one.is_number:
                key = one.id.casefold()
                if key in first_line:
                    self.problems.append(
                        Problem(
                            f"feature id {one.id} is there twice, first in line {first_line[key]}",
                            where=f"{self.name}:{one.line}",
                            hint="give one of them another id",
                        )
                    )
                first_line.setdefault(key, one.line)
            if one.id and (not one.is_number or numbers.count(one.id) == 1):
                ids.append(one.id)
            else:
                if one.id:
                    self.note(one.line, f"number {one.id} is there more than once, so it is no id")
                ids.append(self.made_id(one, taken))
            taken.add(ids[-1].casefold())
        return ids

    def made_id(self, one: Found, taken: set[str]) -> str:
        base = words.slug(words.plain(one.name), f"feature-{len(taken) + 1}")
        made, n = base, 2
        while made.casefold() in taken:
            made, n = f"{base[:35]}-{n}", n + 1
        return made

    def deps(self, identifier: str, found: list[DepWord], known: dict[str, str]) -> tuple[Dep, ...]:
        deps: list[Dep] = []
        for word in found:
            for target in self.resolve(identifier, word, known):
                if target == identifier:
                    where = f"{self.name}:{word.line}:{word.column}"
                    problem = Problem(
                        f"feature {identifier} depends on itself", where=where, hint="remove it"
                    )
                    self.problems.append(problem)
                elif all(dep.feature != target for dep in deps):
                    deps.append(Dep(target, word.line))
        return tuple(deps)

    def resolve(self, identifier: str, word: DepWord, known: dict[str, str]) -> list[str]:
        exact = _lookup(word.text, known) or self.called.get(" ".join(word.text.casefold().split()))
        if exact:
            return [exact]
        if word.parts:
            return [target for part in word.parts for target in self.resolve(identifier, part, known)]
        named = _by_leading_id(word.text, known)
        if named:
            return [named]
        found: list[str] = []
        unknown: list[str] = []
        for match in words.ID_IN_TEXT.finditer(word.text):
            target = _lookup(match.group(), known)
            if target:
                found.append(target)
            elif words.names_features(match.group()) and _same_kind(match.group(), known):
                unknown.append(match.group())
        if found and _RANGE.search(word.text):
            where = f"{self.name}:{word.line}:{word.column}"
            message = f"{one_line(word.text, 60)} is a range, which is not read"
            self.problems.append(Problem(message, where=where, hint="name each feature"))
            return []
        if found and not unknown:
            return found
        hint = did_you_mean(unknown[0] if unknown else word.text, [*known, *known.values()])
        if unknown or word.firm or hint:
            shown = one_line(unknown[0] if unknown else word.text, 60)
            self.problems.append(
                Problem(
                    f"feature {one_line(identifier, 40)} depends on {shown}, which does not exist",
                    where=f"{self.name}:{word.line}:{word.column}",
                    hint=hint or "name the id of a feature, or remove it",
                )
            )
        else:
            self.note(word.line, f"'{one_line(word.text, 60)}' is no feature; not taken as a dependency")
        return found

    def check_cycle(self, features: list[Feature]) -> None:
        graph = {f.id: [dep.feature for dep in f.depends_on] for f in features}
        cycle = find_cycle(graph)
        if cycle:
            first = next(f for f in features if f.id == cycle[0])
            line = next(dep.line for dep in first.depends_on if dep.feature == cycle[1])
            chain = " > ".join(str(one_line(node, 40)) for node in cycle)
            self.problems.append(
                Problem(
                    f"cycle of dependencies: {chain}", where=f"{self.name}:{line}", hint="remove one of them"
                )
            )


def _lookup(text: str, known: dict[str, str]) -> str | None:
    wanted = text.casefold().strip()
    for prefix in ("feature ", "story ", "user story ", "#"):
        wanted = wanted.removeprefix(prefix).strip()
    by_id = [identifier for identifier in known if identifier.casefold() == wanted]
    by_name = [identifier for identifier, name in known.items() if name.casefold() == wanted]
    matches = by_id or by_name
    if len(matches) == 1:
        return matches[0]
    leading = _by_leading_id(text, known)
    return leading if leading and wanted.endswith(known[leading].casefold()) else None


def _by_leading_id(text: str, known: dict[str, str]) -> str | None:
    """The feature of ``F-1 Storage``, a word that names both."""
    head = words.written_id(text)
    if head and not _RANGE.search(text):
        return next((identifier for identifier in known if identifier.casefold() == head[0].casefold()), None)
    return None


def _same_kind(identifier: str, known: dict[str, str]) -> bool:
    """An unknown id is a mistake when the PRD has ids of that kind; otherwise ``S3`` may be a product."""
    prefix = words.id_prefix(identifier)
    return any(words.ID_IN_TEXT.fullmatch(one) and words.id_prefix(one) == prefix for one in known)


def _numbered(feature_id: str, body: Body) -> tuple[Criterion, ...]:
    seen: set[str] = set()
    numbered = []
    for n, criterion in enumerate(body.criteria, 1):
        if not criterion.id or criterion.id in seen:
            criterion = replace(criterion, id=f"{feature_id}.{n}", id_guessed=True)
        seen.add(criterion.id)
        numbered.append(criterion)
    return tuple(numbered)
