"""The words by which headings, labels and ids of a PRD are recognised, in the languages PRDs came in."""

from __future__ import annotations

import re

_FEATURES = re.compile(
    r"^(?:(?:the|our|all|new|user|core|key|main|product|major|primary|essential|mvp|app|application|system|planned"
    r"|proposed|required|detailed|requested|epics|(?:high|medium|low)[ -]priority|p[0-3]|and|&|[-–—:])\s*)*"
    r"(?:features?|epics)(?:\s*(?:&|and|/)?\s*(?:list|set|details?|descriptions?|requirements|functionality|scope"
    r"|specifications?|breakdown|epics|user stories|stories|to build))*(?:\s*[(（].*)?$"
    r"|\bfonctionnalit[ée]s\b|\bfuncionalidades\b|\bfunktionen\b|\bfunzionalit[àa]\b"
    r"|核心功能|主要功能|功能清[单單]|功能列表|功能[规規]格|功能[范範][围圍]|主な機能|機能一覧|핵심 기능|주요 기능"
    r"|функции|функциональность",
    re.I,
)
_REQUIREMENTS = re.compile(
    r"\bfunctional requirements?\b|^requirements$|^product requirements$|\brequisitos funcionales\b"
    r"|\bexigences fonctionnelles\b|\bfunktionale anforderungen\b|機能要件|功能需求|기능 요구사항"
    r"|функциональные требования",
    re.I,
)
_STORIES = re.compile(
    r"\buser stor(?:y|ies)\b|^stories$|用[户戶]故事|使用者故事|ユーザーストーリー|사용자 스토리", re.I
)
_CRITERIA = re.compile(
    r"\bacceptance (?:criteria|criterion|scenarios?|tests?)\b|^criteria$|^done when\b|\bdefinition of done\b"
    r"|crit[èe]res d.acceptation|criterios de aceptaci[óo]n|akzeptanzkriterien|受け入れ(?:基準|条件)|验收(?:标准|条件)"
    r"|驗收(?:標準|條件)|인수 (?:조건|기준)|критерии приёмки|критерии приемки",
    re.I,
)
_EXCLUDED = re.compile(
    r"non-?\s?functional|\bout[ -]of[ -]scope\b|\bnon-?goals?\b|\bfutures?\b|\bpost[ -](?:mvp|launch)"
    r"|\b(?:added|considered|planned|for|do|build|do it) later\b|^later\b|nice[ -]to[ -]have|\bexclu|\bwon.t\b"
    r"|\bnot (?:in|part|doing|planned|now)\b|\bwish ?list\b|\bno funcionales\b|非機能|非功能|비기능|нефункциональ"
    r"|不做|未[來来]|今後|将来|將來|향후",
    re.I,
)
_NOT_ANNOUNCING = re.compile(
    r"\btechnical\b|\barchitecture\b|\boverview\b|\bsummary\b|\bcompleted\b|\bdeprecated\b|\broadmap\b"
    r"|\bmilestones?\b|概述|概要",
    re.I,
)
_TECHNICAL = re.compile(
    r"\btechn(?:ical|ology) (?:stack|architecture|requirements|specifications?)\b|^tech stack$", re.I
)
_CONTAINER = re.compile(
    r"^(?:mvp|must|should|could|p[0-3]|in scope|high|medium|low|critical|priority|phase|release|core|essential)\b"
    r"|\bmvp\b|\bscope\b|[范範][围圍]|\b(?:must|should)[ -]have\b",
    re.I,
)
_MARKED = re.compile(
    r"""^(?:\[?(?P<word>feature|user\ story|story|epic|requirement|req|module|use\ case|task)\b\s*)?
    \[?(?P<id>[A-Z]{1,8}[-_ ]?\d{1,5}(?:\.\d{1,3})*[a-z]?|\#?\d{1,4}(?:\.\d{1,3})*)?\]?
    (?P<separator>\s*[:：.)]|\s+[-–—]+(?=\s)|\s*[–—])?\s*(?P<name>.*)$""",
    re.I | re.X,
)
_PHASE = re.compile(r"^phase\s+(\d{1,3}(?:\.\d{1,3})*)(?:\s*[:：.)]\s*|\s+[-–—]+\s+|\s*[–—]\s*)(?=\S)", re.I)
_CALLED = re.compile(
    r"^(?:phase|feature|user story|story|epic|module|use case|task)\s+#?\d[\w.]{0,12}\b", re.I
)
_LETTER_ID = re.compile(r"(?P<prefix>[A-Za-z]{1,8})[-_ ]?\d{1,5}(?:\.\d{1,3})*[a-z]?\Z")
ID_IN_TEXT = re.compile(r"(?<![\w.-])[A-Z]{1,8}-?\d{1,5}(?:\.\d{1,3})*(?![\w-])")
"""Something written like an id (``F-1``, ``FR-001``, ``US12``)."""

_NOT_FEATURES = frozenset(
    {
        "NFR",
        "AC",
        "RISK",
        "ADR",
        "KPI",
        "P",
        "V",
        "Q",
        "M",
        "NG",
        "OQ",
        "BR",
        "PHASE",
        "STEP",
        "SPRINT",
        "MILESTONE",
    }
    | {"VERSION", "RELEASE", "PART", "CHAPTER", "SECTION", "APPENDIX", "WEEK", "DAY"}
    | {"UTF", "SHA", "ISO", "RFC", "HTTP", "OAUTH", "BASE", "MD", "MP", "ES", "IPV", "TLS", "PEP", "CVE"}
)
_FEATURE_PREFIXES = frozenset({"F", "FR", "FEAT", "FEATURE", "US", "STORY", "EPIC", "REQ", "UC"})
"""Letters that mark a heading as a feature even without a colon; others (``GPT-4 support``) need one."""

_WRITTEN_ID = re.compile(
    r"\[?([A-Z]{1,8}-?\d{1,5}(?:\.\d{1,3})*|[A-Z]{1,8}(?:-[A-Z]{1,12}){1,2}-\d{1,5})\]?"
    r"(?=[\s:：.)\]–—-]|$)[\s:：.)\]–—-]*"
)
LONGEST = 2000
"""Characters of a heading, list entry or table cell that are looked at."""

_NUMBER = re.compile(r"^(\d{1,4}(?:[.-]\d{1,3})*)(?:[.)、．:]\s*|\s+)(?=\S)")
_ORNAMENT = re.compile(r"^[^\w\[<(#*`~（「【]+|[\s:：]+$")
_EMPHASIS = re.compile(r"(\*\*|__|~~|`)(.+?)\1|(?<!\w)([*_])(.+?)\3(?!\w)")
_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,500}\)")


def plain(text: str) -> str:
    """Inline markdown without its emphasis, code and link marks, on one line; the first `LONGEST` characters."""
    text = _LINK.sub(r"\1", " ".join(text[:LONGEST].split()))
    for _ in range(3):
        text = _EMPHASIS.sub(lambda m: m.group(2) or m.group(4), text)
    return text.strip()


def heading_text(text: str) -> str:
    """A heading without emphasis, leading symbols (emoji, dashes) and a closing colon."""
    return _ORNAMENT.sub("", plain(text)).strip()


def number_of(heading: str) -> str | None:
    """The number a heading begins with (``1``, ``3.2``), or None."""
    match = _NUMBER.match(heading)
    return match.group(1).replace("-", ".") if match else None


def without_number(heading: str) -> str:
    """The heading behind its number."""
    return _ORNAMENT.sub("", _NUMBER.sub("", heading, count=1)).strip()


def section_rank(heading: str) -> int | None:
    """How plainly a heading announces features: 0 features, 1 requirements, 2 stories; None: not at all."""
    name = without_number(heading)
    if is_excluded(name) or does_not_announce(name) or len(name) > 80:
        return None
    for rank, pattern in enumerate((_FEATURES, _REQUIREMENTS, _STORIES)):
        if pattern.search(name):
            return rank
    return None


def is_excluded(heading: str) -> bool:
    """Whether a heading or the sentence before a list says that what follows is not to be built now."""
    return bool(_EXCLUDED.search(heading))


def does_not_announce(heading: str) -> bool:
    """Whether features under a heading are told again there, not defined (``Roadmap``, ``Overview``)."""
    return bool(_NOT_ANNOUNCING.search(heading))


def is_technical(heading: str) -> bool:
    """Whether a heading describes how it is built rather than what (``Technical stack``)."""
    return bool(_TECHNICAL.search(heading))


def is_phase(heading: str) -> bool:
    """Whether a heading is ``Phase 1`` or ``Phase 1: Name``."""
    return bool(re.match(r"phase\s+\d{1,3}\b", heading, re.I))


def phase_sign(heading: str) -> tuple[str, str] | None:
    """Number and name of ``Phase 1: Name`` or ``Phase 1 - Name``; None for other headings and a phase without name."""
    match = _PHASE.match(heading)
    return (match.group(1), heading[match.end() :].strip().strip("*_").strip()) if match else None


def called(heading: str) -> tuple[str, ...]:
    """What other text may call the thing under a heading: all of it, and its word with its number (``phase 1``)."""
    text = " ".join(heading.casefold().split())
    match = _CALLED.match(text)
    return (text, match.group()) if match and match.group() != text else (text,)


def is_container(heading: str) -> bool:
    """Whether a heading only groups features (``MVP``, ``Must have``, ``P0``, ``Feature list``)."""
    name = without_number(heading)
    return bool(_CONTAINER.search(name)) or section_rank(heading) is not None


def is_criteria_label(text: str) -> bool:
    """Whether a heading or label announces acceptance criteria."""
    return len(text) <= 80 and bool(_CRITERIA.search(without_number(text)))


def marked(heading: str) -> tuple[str | None, str] | None:
    """Id (None when only the word stands there) and name of a heading that is marked as a feature.

    Marked are ``F-1: Name``, ``F-1 Name``, ``[FR-001] Name``, ``Feature 2 - Name``, ``User Story 1 - Name``,
    ``Feature: Name``.
    """
    match = _MARKED.match(heading)
    if not match:
        return None
    word, found, separator, name = match.group("word", "id", "separator", "name")
    name = re.sub(r"\s*\(priority:?[^)]*\)$", "", name.strip().strip("*_").strip(), flags=re.I)
    if found is None:
        is_labelled = (
            word and separator in (":", "：") and name and word.casefold() in ("feature", "user story")
        )
        return (None, name) if is_labelled else None
    letters = _LETTER_ID.match(found)
    if letters:
        if letters.group("prefix").upper() in _NOT_FEATURES or not found[0].isupper():
            return None
        bracketed = heading.lstrip().startswith("[")
        plain = "-" in found and letters.group("prefix").upper() in _FEATURE_PREFIXES
        if not (separator or bracketed or plain or not name or word):
            return None
        return (found.replace(" ", "-"), name or found)
    return (found.lstrip("#"), name or f"{word} {found}") if word else None


def written_id(text: str) -> tuple[str, str] | None:
    """Id and rest of a list entry or table row that begins with one (``**FR-001**: text``), else None."""
    match = re.match(
        r"\[?([A-Z]{1,8}-?\d{1,5}(?:\.\d{1,3})*|[A-Z]{1,8}(?:-[A-Z]{1,12}){1,2}-\d{1,5})\]?"
        r"(?=[\s:：.)\]–—-]|$)[\s:：.)\]–—-]*",
        text,
    )
    return (match.group(1), text[match.end() :].strip()) if match else None


def id_prefix(identifier: str) -> str:
    """The letters before the number of an id, in upper case."""
    return re.split(r"[-_\d]", identifier, maxsplit=1)[0].upper()


def names_features(identifier: str) -> bool:
    """Whether ids of that kind name something to build (``FR-1``), not a risk, a priority or a standard."""
    return id_prefix(identifier) not in _NOT_FEATURES


def slug(text: str, fallback: str) -> str:
    """``[a-z0-9-]{1,40}`` from a name; `fallback` when no such character is in it."""
    made = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:40].strip("-")
    return made or fallback
