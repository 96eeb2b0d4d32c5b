"""What stands inside a feature: criteria, dependencies, scope, tasks, description."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from prdrunner_tui.prd import words
from prdrunner_tui.prd.deps import DepLines, DepWord
from prdrunner_tui.prd.find import Found
from prdrunner_tui.prd.model import Criterion, Task
from prdrunner_tui.prd.outline import Block, Outline

_INLINE_CRITERION = re.compile(
    r"^[\s>]*(?:[-*+]\s+)?(?:\*\*|__|\*|_)?(?:acceptance(?: criteri(?:a|on))?|done when)(?:\*\*|__|\*|_)?\s*[:：]"
    r"(?:\*\*|__|\*|_)?\s*(?P<value>[^\s*_].*)$",
    re.I,
)
_SCOPE = re.compile(
    r"^[\s>]*(?:[-*+]\s+)?(?:\*\*|__|\*|_)?(?:files|scope|paths)(?:\*\*|__|\*|_)?\s*:(?:\*\*|__|\*|_)?\s*(?P<value>.*)$",
    re.I,
)
_LABEL = re.compile(
    r"^[\s>]*(?:[-*+]\s+)?(?:\*\*|__|\*|_)?(?P<label>[^:：*]{2,60}?)(?:\*\*|__|\*|_)?\s*[:：]?(?:\*\*|__|\*|_)?\s*$"
)
_GIVEN = re.compile(r"^(?:[*_]*)(given|when|then|and|but)\b", re.I)
_GLOB = re.compile(
    r"`([^`\s]{1,200})`|(?<![\w`])([\w.*?\[\]{}@+-]+(?:/[\w.*?\[\]{}@+-]*)+|[\w*-]+\.[A-Za-z]\w{0,5}|\*{1,2})"
)


@dataclass(slots=True)
class Body:
    """The parts of one feature."""

    description: str = ""
    criteria: list[Criterion] = field(default_factory=list)
    deps: list[DepWord] = field(default_factory=list)
    scope: list[str] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)


def read_body(document: Outline, found: Found) -> Body:
    """Take a feature's body apart. Criteria get their ids from the text; those without have an empty id."""
    body = Body()
    used: set[int] = set()
    _read_lines(document, found, body, used)
    _read_criteria(found, body, used)
    if not body.criteria:
        _read_requirements(found, body)
    if not body.criteria:
        _read_given_when_then(found, body)
    body.description = _description(document, found, used)
    return body


def _body_lines(document: Outline, found: Found) -> Sequence[tuple[int, str]]:
    lines = [(n, document.lines[n - 1]) for n in range(found.body_from, found.end + 1)]
    if found.text:
        offset = found.line
        lines = [(offset, part) for part in found.text.split("\n")] + lines
    return lines


def _read_lines(document: Outline, found: Found, body: Body, used: set[int]) -> None:
    fence = ""
    deps = DepLines()
    for number, line in _body_lines(document, found):
        opening = re.match(r" {0,3}(```|~~~)", line)
        if opening and (not fence or opening.group(1) == fence):
            fence = "" if fence else opening.group(1)
        if fence or len(line) > 2000:
            continue
        if deps.feed(number, line):
            is_line = True
        elif match := _INLINE_CRITERION.match(line):
            body.criteria.append(Criterion("", words.plain(match.group("value")), number, id_guessed=True))
            is_line = True
        elif match := _SCOPE.match(line):
            globs = [a or b for a, b in _GLOB.findall(match.group("value"))]
            body.scope += [glob for glob in globs if glob not in body.scope]
            is_line = bool(globs)
        else:
            is_line = False
        if is_line:
            used.add(number)
    body.deps = deps.words


def _read_criteria(found: Found, body: Body, used: set[int]) -> None:
    in_criteria = False
    label_depth = -1
    previous: object = None
    label_section: object = None
    for section, block in found.blocks:
        if section is not previous:
            previous = section
            if section.line != found.line:
                inside = label_section is not None and _is_below(section, label_section)
                in_criteria = words.is_criteria_label(section.text) or inside
                label_section = section if words.is_criteria_label(section.text) else label_section
                label_depth = -1
                if in_criteria:
                    used.add(section.line)
            elif words.is_criteria_label(section.text):
                in_criteria = False
        label = _label_of(block)
        if label is not None and words.is_criteria_label(label):
            in_criteria, label_depth = True, block.depth if block.kind == "item" else -1
            used.add(block.end if block.kind == "paragraph" else block.line)
            continue
        if block.kind == "paragraph" and block.depth == 0 and in_criteria and label is not None:
            in_criteria = False
        if in_criteria and block.kind == "item" and block.depth <= label_depth:
            in_criteria = False
        if in_criteria and block.kind in ("item", "row"):
            if block.kind == "row" or block.depth == label_depth + 1:
                body.criteria.append(_criterion(block))
            used.update(range(block.line, block.end + 1))
        elif in_criteria and block.kind == "paragraph" and _GIVEN.match(words.plain(block.text)):
            _add_given(body, block)
            used.update(range(block.line, block.end + 1))
        elif block.kind == "item" and block.done is not None:
            body.tasks.append(Task(words.plain(block.text), block.done, block.line))


def _is_below(section: object, ancestor: object) -> bool:
    at = getattr(section, "parent", None)
    while at is not None:
        if at is ancestor:
            return True
        at = at.parent
    return False


def _label_of(block: Block) -> str | None:
    if block.kind == "row":
        return None
    first = block.text.rsplit("\n", 1)[-1] if block.kind == "paragraph" else block.text.split("\n", 1)[0]
    is_label = first.rstrip().endswith((":", "：", "**", "__")) or (
        block.kind == "paragraph" and len(first) < 40
    )
    match = _LABEL.match(first) if is_label else None
    return words.plain(match.group("label")) if match else None


def _criterion(block: Block) -> Criterion:
    text = words.plain(block.text) if block.kind == "item" else " - ".join(c for c in block.cells if c)
    with_id = words.written_id(text)
    identifier, rest = with_id if with_id and with_id[1] else ("", text)
    return Criterion(identifier, rest.lstrip("- "), block.line, id_guessed=not identifier)


def _read_requirements(found: Found, body: Body) -> None:
    """Entries that begin with an id of their own (``FR-001``) are the criteria of the feature around them."""
    for _, block in found.blocks:
        text = block.cells[0] if block.cells else words.plain(block.text)
        if block.kind in ("item", "row") and (with_id := words.written_id(text)):
            rest = " - ".join(c for c in block.cells[1:] if c) if block.cells else with_id[1]
            if rest:
                body.criteria.append(Criterion(with_id[0], rest, block.line))


def _read_given_when_then(found: Found, body: Body) -> None:
    for _, block in found.blocks:
        if _GIVEN.match(words.plain(block.text)) and block.kind != "row":
            _add_given(body, block)
    if not any(re.match(r"given\b", c.text, re.I) for c in body.criteria):
        body.criteria.clear()


def _add_given(body: Body, block: Block) -> None:
    text = words.plain(block.text)
    begins = re.match(r"given\b", text, re.I)
    if body.criteria and not begins:
        last = body.criteria[-1]
        body.criteria[-1] = Criterion(last.id, f"{last.text} {text}", last.line, last.id_guessed)
    else:
        body.criteria.append(Criterion("", text, block.line, id_guessed=True))


def _description(document: Outline, found: Found, used: set[int]) -> str:
    lines = [
        line for number, line in _body_lines(document, found) if number not in used or number == found.line
    ]
    text = "\n".join(lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
