"""The start screen as rows: the PRDs of a repository, its runs, the agents, what it would run, the demo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.text.units import cost_words, started
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.rows.shorten import short_path
from prdrunner_tui.tui.span import Cell, Line, Span, crop, skip, width_of, words

_UNFINISHED = ("needs you", "running", "paused")
_KEYS_FROM = 53
_WIDEST_PRD = 44
_WIDEST_NAME = 24


class PrdFile(NamedTuple):
    """A markdown file with features. ``changed`` is in seconds since 1970; ``problem`` says what is wrong in it."""

    path: str
    features: int
    criteria: int
    changed: float
    problem: str = ""


class Found(NamedTuple):
    """The PRDs of a repository; ``others`` counts markdown files without features of their own."""

    prds: Sequence[PrdFile] = ()
    others: int = 0
    cut: bool = False
    """There are more files than were looked at."""


class RunLine(NamedTuple):
    """A run of the registry. ``started_at`` is in seconds since 1970, ``usd`` what is known of its cost."""

    run: str
    prd: str
    status: str
    phases: int
    done: int
    usd: float
    unpriced: int
    started_at: float
    published: bool
    waiting: int = 0
    """Decisions that are open in it."""


class Agent(NamedTuple):
    """An agent: its name, whether a run can use it as it is, and where it was found or how to use it."""

    name: str
    usable: bool
    told: str


class Brought(NamedTuple):
    """What the repository brings could do: (path, what it can do) of each file, and a hash of them.

    The last ``agents`` of the files are those that agent programs obey, the others its ``.prd_runner``.
    """

    files: Sequence[tuple[str, str]] = ()
    trusted: bool = False
    hash: str = ""
    agents: int = 0


@dataclass(frozen=True, slots=True)
class StartFacts:
    """What the start screen shows; a part that is None is not known yet.

    Attributes:
        place: the repository's directory as people read it.
        branch: the branch that is checked out, or ``detached``.
        problems: what could not be looked at, by the part that it concerns.
    """

    version: str
    place: str
    branch: str = ""
    found: Found | None = None
    runs: Sequence[RunLine] | None = None
    agents: Sequence[Agent] | None = None
    brought: Brought | None = None
    problems: dict[str, Problem] = field(default_factory=dict)


def start_top(facts: StartFacts, width: int, scene: Scene) -> Line:
    """Row 1 of the start screen in exactly ``width`` cells."""
    left = (*words(f"prdrunner {facts.version}   "), *scene.foreign(facts.place))
    branch = scene.foreign(f"   {facts.branch}", "muted") if facts.branch else ()
    run = unfinished(facts)
    right: Line = ()
    if run is not None:
        told = scene.foreign(f" {run.run} {run.status}", "needs-you" if run.status == "needs you" else "text")
        right = (*scene.sign(run.status), *told)
    elif facts.runs is not None:
        right = words("no run is active", "muted")
    both = (*left, *branch)
    return scene.sides(both if width_of(both) + width_of(right) + 2 <= width else left, right, width)


def start_bar(facts: StartFacts, width: int, scene: Scene, *, writing: bool = False) -> Line:
    """The inbox bar of the start screen in exactly ``width`` cells: the runs that wait for a person.

    Args:
        writing: a text field has the keys.
    """
    waiting = waiting_runs(facts)
    if not waiting:
        known = facts.runs is not None
        return scene.fit(words(f"{scene.glyphs.dot} nothing waits for you" if known else ""), width)
    first, count = waiting[0], sum(max(1, run.waiting) for run in waiting)
    among = f" in {len(waiting)} runs" if len(waiting) > 1 else ""
    where = f"{first.run}, {first.status}, {first.done}/{first.phases}"
    told = scene.foreign(f"! {count} wait{'s' if count == 1 else ''} for you{among}   {where}")
    oldest = scene.key("inbox.oldest")
    whole = scene.sides(told, words(scene.after_writing(oldest) if writing else f"{oldest} open it"), width)
    return tuple(Span("danger" if token == "danger" else "needs-you", text) for token, text in whole)


def waiting_runs(facts: StartFacts) -> list[RunLine]:
    """The runs in which a decision is open, also of those that are paused: that which waits for a person alone first,
    else the newest."""
    found = [
        run
        for run in facts.runs or ()
        if run.status in _UNFINISHED and (run.waiting or run.status == "needs you")
    ]
    return sorted(found, key=lambda run: run.status != "needs you")


def elsewhere_words(facts: StartFacts, here: str) -> str:
    """What waits in other runs than the one that is shown, in words; empty where nothing does."""
    others = [run for run in waiting_runs(facts) if run.run != here]
    count = sum(max(1, run.waiting) for run in others)
    if not others:
        return ""
    named = others[0].run if len(others) == 1 else f"{len(others)} other runs"
    return f"{count} wait{'s' if count == 1 else ''} in {named}"


def unfinished(facts: StartFacts) -> RunLine | None:
    """The run to go on with: the newest that waits for a person, else that is under way, else that is paused."""
    runs = facts.runs or ()
    found = (next((run for run in runs if run.status == word), None) for word in _UNFINISHED)
    return next(filter(None, found), None)


def start_rows(facts: StartFacts, width: int, scene: Scene) -> list[Row]:
    """The rows of the start screen, each in exactly ``width`` cells.

    Keys: ``("prd", path)``, ``("run", id)``, ``("trust",)``, ``("demo",)``; rows for reading only have no stop.
    """
    rows: list[Row] = []
    parts = (
        ("prds", _head("PRDs in this repository", "n new run from this PRD", width, scene), _prds),
        ("runs", _head("Recent runs", "enter opens it", width, scene), _runs),
        ("agents", _head("Agents found", "", width, scene), _agents),
        ("trust", None, _trust),
        ("demo", _head("Demo", "enter plays it", width, scene), _demo),
    )
    for name, head, make in parts:
        made = list(make(facts, width, scene))
        problem = facts.problems.get(name)
        if problem is not None:
            made = [*problem_rows(name, problem, width, scene), *made]
        if not made:
            continue
        if rows:
            rows.append(Row(("gap", name), scene.fit((), width), stop=False))
        if head is not None:
            rows.append(Row(("head", name), head, stop=False))
        rows += made
    return rows


def problem_rows(name: str, problem: Problem, width: int, scene: Scene) -> list[Row]:
    """A problem, wrapped: what and where in the look of a failure, what to do muted. The cursor stops at none."""
    where = f"{problem.where}: " if problem.where else ""
    lines = [(line, "fail") for line in scene.wrap(scene.foreign(where + problem.message, "fail"), width - 6)]
    if problem.hint:
        lines += [(line, "muted") for line in scene.wrap(scene.foreign(problem.hint, "muted"), width - 6)]
    rows = []
    for number, (line, _) in enumerate(lines):
        sign = (*words("   "), *scene.sign("failed"), *words(" ")) if not number else words("     ")
        rows.append(Row(("problem", name, number), scene.fit((*sign, *line), width), stop=False))
    return rows


def trust_rows(
    brought: Brought, texts: Sequence[tuple[str, Sequence[str]]], width: int, scene: Scene
) -> list[Row]:
    """What a repository would run: each file with what it can do, then the texts themselves.

    Args:
        texts: (path, lines) of each file, hostile; those that were cut say so in their last line.
    """
    widest = min(
        max((width_of(scene.foreign(path)) for path, _ in brought.files), default=0), max(20, width // 2)
    )
    told = [words(" These files can run commands as you. None of it runs until you trust it.", "waits")]
    if brought.trusted:
        told = [words(" You trust these files as they are; a change asks again.", "ok")]
    told.append(())
    for path, does in brought.files:
        named = scene.foreign(short_path(path, widest, scene.glyphs.ellipsis))
        told.append(
            (*words(" "), *scene.columns([Cell(named, widest), Cell(words(does, "muted"), width)], width - 1))
        )
    for path, lines in texts:
        told += [(), (*words(" "), *scene.foreign(path, "key"))]
        for line in lines:
            # Whoever trusts a line has to see all of it.
            told += [(*words("   "), *piece) for piece in _pieces(scene.foreign(line), width - 3)]
    return [Row(number, scene.fit(line, width)) for number, line in enumerate(told)]


def _pieces(line: Line, width: int) -> Iterator[Line]:
    """A line cut into pieces of at most ``width`` cells, nothing left out."""
    while width_of(line) > max(2, width):
        piece = crop(line, max(2, width), sanitize(""))
        yield piece
        line = skip(line, width_of(piece))
    yield line


def _head(title: str, keys: str, width: int, scene: Scene) -> Line:
    left = words(f" {title}", "muted")
    if not keys or width < _KEYS_FROM:
        return scene.fit(left, width)
    place = words(" " * max(2, min(_KEYS_FROM, width - len(keys) - 1) - width_of(left)))
    return scene.fit((*left, *place, *words(keys, "muted")), width)


def _told(name: str, text: str, width: int, scene: Scene) -> Row:
    return Row(("told", name), scene.fit(words(f"   {text}", "muted"), width), stop=False)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _prds(facts: StartFacts, width: int, scene: Scene) -> Iterator[Row]:
    found = facts.found
    if found is None:
        if "prds" not in facts.problems:
            yield _told("prds", "looking for markdown files", width, scene)
        return
    widest = min(
        max((width_of(scene.foreign(prd.path)) for prd in found.prds), default=0),
        _WIDEST_PRD,
        max(12, width - 50),
    )
    for prd in found.prds:
        name = scene.foreign(short_path(prd.path, widest, scene.glyphs.ellipsis))
        criteria = f"{prd.criteria:>3,} criteri{'on' if prd.criteria == 1 else 'a'}"
        what = words(f"{_counted(prd.features, 'feature'):>11},{criteria}")
        if prd.problem:
            cells = [Cell(name, widest), Cell(scene.foreign(prd.problem, "fail"), width)]
        else:
            when = words(f"changed {scene.ago(prd.changed)}", "muted")
            cells = [Cell(name, widest), Cell(what, 25), Cell(when, 20)]
        yield Row(("prd", prd.path), scene.fit((*words("   "), *scene.columns(cells, width - 3)), width))
    if not found.prds:
        yield _told("prds", "no markdown file with features; write '## F-1: Name' headings", width, scene)
    others = [f"{_counted(found.others, 'other markdown file')} without features"] if found.others else []
    others += ["there are more files than were looked at"] if found.cut else []
    if others:
        yield _told("others", "; ".join(others), width, scene)


def _runs(facts: StartFacts, width: int, scene: Scene) -> Iterator[Row]:
    if facts.runs is None:
        return
    if not facts.runs and "runs" not in facts.problems:
        yield _told("runs", "none yet in this repository", width, scene)
    widest = min(max((width_of(scene.foreign(row.prd)) for row in facts.runs), default=0), _WIDEST_NAME)
    now = datetime.fromtimestamp(scene.now, scene.zone).astimezone(scene.zone)
    for row in facts.runs:
        when = started(datetime.fromtimestamp(row.started_at, scene.zone).astimezone(scene.zone), now)
        sign = scene.sign(row.status)
        cells = [
            Cell(scene.foreign(row.run), 8),
            Cell(scene.foreign(short_path(row.prd, widest, scene.glyphs.ellipsis)), widest),
            Cell((*sign, *words(f" {row.status}", sign[0].token)), 11),
            Cell(words(f"{row.done}/{row.phases}"), 7, right=True),
            Cell(words(cost_words(row.usd, row.unpriced)), 7, right=True),
            Cell(words(when + (", published" if row.published else ""), "muted"), 26),
        ]
        yield Row(("run", row.run), scene.fit((*words("   "), *scene.columns(cells, width - 3)), width))


def _agents(facts: StartFacts, width: int, scene: Scene) -> Iterator[Row]:
    if facts.agents is not None and not facts.agents:
        text = "none yet; a new run takes a command line, prdrunner init writes a file"
        yield _told("agents", text, width, scene)
    widest = min(
        _WIDEST_NAME, max((14, *(width_of(scene.foreign(agent.name)) for agent in facts.agents or ())))
    )
    for agent in facts.agents or ():
        sign = scene.sign("done") if agent.usable else scene.sign("pending")
        line = (
            *words("   "),
            *sign,
            *words(" "),
            *scene.fit(scene.foreign(agent.name), widest),
            *words(" "),
            *scene.foreign(agent.told, "muted"),
        )
        yield Row(("agent", agent.name), scene.fit(line, width), stop=False)


def _trust(facts: StartFacts, width: int, scene: Scene) -> Iterator[Row]:
    brought = facts.brought
    if brought is None or not brought.files:
        return
    own = len(brought.files) - brought.agents
    parts = [f".prd_runner/ with {_counted(own, 'file')}"] if own else []
    parts += [f"{_counted(brought.agents, 'file')} that agents obey"] if brought.agents else []
    text = f" This repository carries {' and '.join(parts)}."
    yield Row(("head", "trust"), scene.fit(words(text), width), stop=False)
    if brought.trusted:
        line = (*words("   "), *scene.sign("done"), *words(" you trust it as it is now", "muted"))
    else:
        line = (
            *words("   "),
            *words("! not trusted, so none of it runs", "waits"),
            *words("   T looks at it", "muted"),
        )
    yield Row(("trust",), scene.fit(line, width))


def _demo(facts: StartFacts, width: int, scene: Scene) -> Iterator[Row]:
    text = "sample todo list, on a copy: a recording, no agent, no cost"
    yield Row(("demo",), scene.fit(words(f"   {text}"), width))
