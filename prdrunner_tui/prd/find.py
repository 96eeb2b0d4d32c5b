"""Where the features of a PRD are.

From the surest sign to the least: headings that carry an id or the word feature; the subsections, list entries or
table rows of a section that announces features; sections that hold requirement ids; plain lists of requirement
ids; the subsections of "Acceptance criteria"; a numbered list behind a sentence that announces features; the
sections of a document without any of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prdrunner_tui.prd import words
from prdrunner_tui.prd.deps import DepLines
from prdrunner_tui.prd.outline import Block, Outline, Section

_PRIORITY = re.compile(r"^(?:p[0-3]|must|should|could|high|medium|low|critical|phase|release)\b", re.I)
_ANNOUNCES = re.compile(r"\b(?:features|requirements|user stories)\b.{0,60}[:：]$", re.I)
_NAME_COLUMN = re.compile(r"\b(?:features?|name|title|requirement|story)\b|功能|機能|名称|名稱|기능", re.I)


@dataclass(slots=True)
class Found:
    """A place that was taken for a feature."""

    name: str
    line: int
    end: int
    id: str | None = None
    """As written, or None."""
    is_number: bool = False
    """The id is only the number of a heading or a list entry."""
    marked: bool = False
    body_from: int = 0
    """First line of the body."""
    text: str = ""
    """Body text that stands on the feature's own line (table rows, list entries)."""
    blocks: list[tuple[Section, Block]] = field(default_factory=list)
    called: tuple[str, ...] = ()
    """What a dependency line may call it beside its id and its name, in small letters."""


def find_features(document: Outline) -> list[Found]:
    """The features of a document in its order; empty when no sign is found."""
    for attempt in (
        _marked_headings,
        _feature_sections,
        _sections_with_ids,
        _entries_with_ids,
        _criteria_sections,
        _phase_sections,
        _announced_list,
        _plain_sections,
    ):
        found = attempt(document.root)
        if found:
            return sorted(found, key=lambda one: one.line)
    return []


def _plain_sections(root: Section) -> list[Found]:
    """The sections of a document that announces nothing: a guess, and marked as one."""
    sections = root.subsections
    if len(sections) == 1:
        sections = sections[0].subsections
    return [_of_section(section) for section in sections if not left_out(section)]


def left_out(section: Section) -> bool:
    """Whether a subsection of a feature section is no feature by its heading."""
    name = words.without_number(section.text)
    return words.is_excluded(name) or words.is_technical(name)


def skipped_sections(document: Outline, found: Sequence[Found]) -> list[Section]:
    """Sections beside the features that were not taken because of their headings."""
    lines = {one.line for one in found}
    return [
        section
        for section in document.root.walk()
        if section.parent
        and left_out(section)
        and section.line not in lines
        and any(sibling.line in lines for sibling in section.parent.subsections)
    ]


def _excluded(section: Section) -> bool:
    at: Section | None = section
    while at is not None and at.level:
        if words.is_excluded(words.without_number(at.text)):
            return True
        at = at.parent
    return False


def _of_section(section: Section, *, marked: bool = False) -> Found:
    sign = words.marked(section.text)
    number = section.number
    found = Found(
        name=words.without_number(section.text) or section.text,
        line=section.line,
        end=section.end,
        id=number,
        is_number=number is not None,
        marked=marked,
        body_from=section.line + 1,
        blocks=list(section.all_blocks()),
        called=words.called(section.text),
    )
    if sign:
        found.id, found.is_number, found.name = sign[0], False, sign[1]
    elif phase := words.phase_sign(section.text):
        # The number counts as that of a list does: lists in other phases may have it too.
        found.id, found.is_number, found.name = phase[0], True, phase[1]
    return found


def _marked_headings(root: Section) -> list[Found]:
    found: list[Found] = []

    def visit(section: Section) -> None:
        if section.level and words.is_excluded(section.text) and not words.marked(section.text):
            return
        is_title = section.level == 1 and len(root.subsections) == 1
        sign = words.marked(section.text) if section.level and not is_title else None
        if sign:
            inner = [s for s in section.walk() if s is not section and words.marked(s.text)]
            is_epic = (section.text.casefold().startswith(("epic", "module"))) and inner
            if not is_epic:
                found.append(_of_section(section, marked=True))
                return
        for subsection in section.subsections:
            visit(subsection)

    visit(root)
    return found


def _feature_sections(root: Section) -> list[Found]:
    announced: dict[int, list[Found]] = {}

    def visit(section: Section) -> None:
        rank = words.section_rank(section.text) if section.level > 0 else None
        if words.is_phase(section.text) or words.does_not_announce(words.without_number(section.text)):
            return
        if section.level == 1 and len(root.subsections) == 1:
            rank = None
        if rank is not None and not _excluded(section):
            found = _features_in(section)
            if found:
                announced.setdefault(rank, []).extend(found)
                return
        for subsection in section.subsections:
            visit(subsection)

    visit(root)
    return announced[min(announced)] if announced else []


def _features_in(section: Section) -> list[Found]:
    subsections = [s for s in section.subsections if not left_out(s)]
    numbered = [s for s in subsections if s.number]
    containers = [s for s in subsections if words.is_container(s.text)]
    if len(numbered) >= 2 and len(containers) < len(numbered):
        leaves = [_numbered_children(s) for s in numbered]
        chosen = [leaf for group in leaves for leaf in group] if all(leaves) else numbered
        return [_of_section(s) for s in chosen]
    if containers:
        return _from_containers(containers)
    if subsections and (len(subsections) >= 2 or not section.blocks):
        plain = [s for s in subsections if not words.is_criteria_label(s.text)]
        return [_of_section(s) for s in plain]
    return _from_blocks(section.blocks, section)


def _numbered_children(section: Section) -> list[Section]:
    prefix = f"{section.number}."
    return [s for s in section.subsections if (s.number or "").startswith(prefix)]


def _from_containers(containers: Sequence[Section]) -> list[Found]:
    found: list[Found] = []
    for container in containers:
        inner = [_of_section(container)] if _is_whole(container) else _features_in(container)
        found += inner
        if inner and not _PRIORITY.match(words.without_number(container.text)):
            break
    return found


def _is_whole(section: Section) -> bool:
    """Whether a ``Phase 1: Name`` is one feature: criteria or dependencies of its own stand below it."""
    if words.phase_sign(section.text) is None or any(map(_is_feature_of_its_own, section.subsections)):
        return False
    labels = [s.text for s in section.subsections] + [_label(b) for b in section.blocks]
    reader = DepLines()
    written = (line for b in section.blocks if b.kind == "paragraph" for line in b.text.splitlines())
    return any(map(words.is_criteria_label, filter(None, labels))) or any(
        reader.feed(0, line) for line in written
    )


def _is_feature_of_its_own(section: Section) -> bool:
    return section.number is not None or words.marked(section.text) is not None


def _label(block: Block) -> str:
    """A paragraph that announces what follows, without its colon; empty for everything else."""
    text = words.plain(block.text)
    is_label = block.kind == "paragraph" and block.depth == 0 and text.endswith((":", "："))
    return text.rstrip(":：") if is_label else ""


def _from_blocks(blocks: Sequence[Block], section: Section) -> list[Found]:
    """Rows of the first table, or entries of the lists, that stand directly in a section."""
    kept = _without_excluded_lists(blocks)
    numbered = [b for b in kept if b.kind == "item" and b.depth == 0 and b.number]
    bullets = [b for b in kept if b.kind == "item" and b.depth == 0 and not b.number]
    rows = [b for b in kept if b.kind == "row"]
    if numbered:
        return _of_items(numbered, kept, section)
    if rows:
        first_table = [row for row in rows if row.header == rows[0].header]
        return [one for one in map(_of_row, first_table) if one]
    return _of_items(bullets, kept, section)


def _without_excluded_lists(blocks: Sequence[Block]) -> list[Block]:
    kept: list[Block] = []
    skipping = False
    for block in blocks:
        if block.kind == "paragraph" and block.depth == 0:
            is_intro = len(block.text) < 120 and block.text.rstrip().endswith((":", "：", "**"))
            skipping = is_intro and words.is_excluded(block.text)
        if not skipping:
            kept.append(block)
    return kept


def _of_items(items: Sequence[Block], blocks: Sequence[Block], section: Section) -> list[Found]:
    starts = [item.line for item in items]
    found = []
    for index, item in enumerate(items):
        following = starts[index + 1] if index + 1 < len(starts) else section.end + 1
        below = [(section, b) for b in blocks if b is not item and item.line <= b.line < following]
        end = max([item.end, *(b.end for _, b in below)])
        found.append(_of_item(item, below, end))
    return found


def _of_item(item: Block, below: list[tuple[Section, Block]], end: int) -> Found:
    text = words.plain(item.text)
    with_id = words.written_id(text)
    identifier = with_id[0] if with_id and words.names_features(with_id[0]) else None
    rest = with_id[1] if with_id and identifier else text
    name, _, behind = rest.partition(": ") if ": " in rest[:80] else (rest, "", "")
    return Found(
        name=name.strip() or rest or text,
        line=item.line,
        end=end,
        id=identifier or item.number,
        is_number=identifier is None and item.number is not None,
        body_from=item.line + 1,
        text=behind,
        blocks=below,
    )


def _of_row(row: Block) -> Found | None:
    cells = row.cells
    if not any(cells):
        return None
    with_id = words.written_id(cells[0])
    if with_id and not words.names_features(with_id[0]):
        with_id = None
    name_at = next((i for i, head in enumerate(row.header) if _NAME_COLUMN.search(head)), None)
    first_is_key = with_id is not None or cells[0].strip("# ").isdigit()
    if name_at is None or name_at >= len(cells) or not cells[name_at] or (with_id and name_at == 0):
        name_at = 1 if first_is_key and len(cells) > 1 else 0
    rest = "\n".join(
        f"{row.header[i] if i < len(row.header) else ''}: {cell}".removeprefix(": ")
        for i, cell in enumerate(cells)
        if cell and i != name_at and not (i == 0 and first_is_key)
    )
    return Found(
        name=cells[name_at],
        line=row.line,
        end=row.end,
        id=with_id[0] if with_id else (cells[0].strip("# ") if first_is_key else None),
        is_number=with_id is None and first_is_key,
        body_from=row.line + 1,
        text=rest,
    )


def _has_id(block: Block) -> bool:
    text = block.cells[0] if block.cells else words.plain(block.text)
    with_id = words.written_id(text)
    return bool(with_id and block.kind in ("item", "row") and words.names_features(with_id[0]))


def _sections_with_ids(root: Section) -> list[Found]:
    holding = [
        s for s in root.walk() if s.level > 1 and not _excluded(s) and sum(map(_has_id, s.blocks)) >= 2
    ]
    return [_of_section(s) for s in holding] if len(holding) >= 2 else []


def _entries_with_ids(root: Section) -> list[Found]:
    found: list[Found] = []
    for section in root.walk():
        if _excluded(section):
            continue
        entries = [b for b in section.blocks if b.depth == 0 and _has_id(b)]
        found += _of_items([b for b in entries if b.kind == "item"], section.blocks, section)
        found += [one for one in map(_of_row, (b for b in entries if b.kind == "row")) if one]
    return found if len(found) >= 2 else []


def _phase_sections(root: Section) -> list[Found]:
    """Where the PRD itself is cut into phases: their numbered subsections or entries, else the phases."""
    phases = [s for s in root.walk() if s.level and words.is_phase(s.text)]
    if len(phases) < 2:
        return []
    found: list[Found] = []
    for phase in phases:
        if _is_whole(phase):
            found.append(_of_section(phase))
            continue
        inner = [_of_section(s) for s in _numbered_children_of_phase(phase)]
        numbered = [b for b in phase.blocks if b.kind == "item" and b.depth == 0 and b.number]
        found += inner or _of_items(numbered, phase.blocks, phase) or [_of_section(phase)]
    return found


def _numbered_children_of_phase(phase: Section) -> list[Section]:
    return [s for s in phase.subsections if s.number and not left_out(s)]


def _criteria_sections(root: Section) -> list[Found]:
    for section in root.walk():
        if section.level and words.is_criteria_label(section.text) and len(section.subsections) >= 2:
            return [_of_section(s) for s in section.subsections]
    return []


def _announced_list(root: Section) -> list[Found]:
    for section in root.walk():
        blocks: Iterable[Block] = section.blocks
        announced = False
        numbered: list[Block] = []
        for block in blocks:
            if block.kind == "paragraph" and block.depth == 0:
                if numbered:
                    break
                announced = bool(_ANNOUNCES.search(words.plain(block.text)))
            elif announced and block.kind == "item" and block.depth == 0:
                numbered.append(block)
        if numbered:
            return _of_items(numbered, _until_next_text(section.blocks, numbered), section)
    return []


def _until_next_text(blocks: Sequence[Block], items: Sequence[Block]) -> list[Block]:
    last = max(item.end for item in items)
    return [block for block in blocks if block.line <= last]
