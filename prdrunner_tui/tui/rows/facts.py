"""What a decision is about, kind by kind, as lines: for the preview in the inbox and for its dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prdrunner_tui.kernel.state import Decision, RunState
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.units import lines
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.rows.shorten import short_path
from prdrunner_tui.tui.rows.sofar import last_check, said_before, so_far
from prdrunner_tui.tui.rows.words import about, kind_words, plural, question_of, step_words, worker_words
from prdrunner_tui.tui.span import Cell, Line, words

_LABEL = 13
_EVIDENCE = 4
_FEW = 3
_LONGEST_PATH = 40


@dataclass(frozen=True, slots=True)
class _Page:
    """Lines being put together for a width; lists take at most ``most`` lines of it.

    ``titled`` says that the question stands above already, ``choice`` is the number of the answer that was picked, 0
    without one.
    """

    state: RunState
    decision: Decision
    width: int
    scene: Scene
    most: int
    titled: bool = False
    choice: int = 0

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.decision.facts

    def text(self, text: str, token: str = "text", *, indent: int = 0, most: int = 4) -> list[Line]:
        """Words of others, wrapped."""
        folded = self.scene.wrap(self.scene.foreign(text, token), self.width - indent, most=most)
        return [(*words(" " * indent), *one) for one in folded]

    def question(self, token: str = "text") -> list[Line]:
        """The title of the decision, where it does not stand above."""
        return [] if self.titled else self.text(question_of(self.decision), token)

    def pair(self, label: str, text: str, token: str = "text", *, most: int = 3) -> list[Line]:
        """A label and what it says, wrapped beside it."""
        if not text:
            return []
        first, *rest = self.text(text, token, indent=_LABEL, most=most)
        return [(*words(f"{label:<{_LABEL}}", "muted"), *first[1:]), *rest]

    def table(self, rows: Sequence[Line], what: str) -> list[Line]:
        """The first rows of a list, and how many more there are."""
        if not self.most and what == "file":
            return []
        most = self.most or _FEW
        if len(rows) <= most:
            return list(rows)
        more = len(rows) - most + 1
        return [*rows[: most - 1], words(f"  and {plural(more, f'more {what}')}", "muted")]


def fact_lines(
    state: RunState,
    decision: Decision,
    width: int,
    scene: Scene,
    *,
    most: int = 8,
    titled: bool = False,
    choice: int = 0,
) -> list[Line]:
    """What there is to know, in lines of exactly ``width`` cells.

    Args:
        most: lines that a list in it may take; with 0 files are left out, and other lists take a few.
        titled: the title of the decision stands above already and is left out.
        choice: the answer of a question that was picked, counted from 1; it has the sign of the cursor.
    """
    page = _Page(state, decision, width, scene, most, titled, choice)
    return [scene.fit(one, width) for one in _KINDS.get(decision.kind, _titled)(page)]


def worker_of(state: RunState, step: str) -> str:
    """The name of the worker that does a step, ``the agent`` where it is not known."""
    settings = state.run.settings if state.run is not None else None
    choice = settings.workers.get(step) or settings.workers.get("implement") if settings is not None else None
    return worker_words(choice) if choice is not None else "the agent"


def doer(state: RunState, step: str) -> str:
    """Who does a step: an agent, or prdrunner itself; empty where nobody is there for it."""
    if step in ("verify", "commit", "rollback"):
        return "prdrunner"
    nobody = state.run is not None and step != "implement" and step not in state.run.settings.workers
    return "" if nobody else worker_of(state, step)


def _titled(page: _Page) -> list[Line]:
    return page.text(page.decision.title.removeprefix(f"{kind_words(page.decision.kind)}: "))


def _gate(page: _Page) -> list[Line]:
    facts, plan = page.facts, page.facts.get("plan")
    summary = str(facts.get("summary", ""))
    shown = [] if summary in question_of(page.decision) else page.pair("what", summary)
    made = [
        *page.question(),
        *shown,
        *page.pair("before", said_before(page.state, page.decision, page.scene.me), "person"),
    ]
    if isinstance(plan, Mapping):
        made += page.table(_planned(page, plan.get("changes") or ()), "edit")
        made += page.pair("summary", str(plan.get("summary", "")))
        made += page.pair("approach", str(plan.get("approach", "")))
    made += page.table(_issues(page), "issue")
    return made + page.table(_files(page), "file")


def _review(page: _Page) -> list[Line]:
    facts = page.facts
    made = page.question()
    if about(page.decision) not in page.decision.title:
        made += page.pair("what", about(page.decision))
    made += page.pair("before", said_before(page.state, page.decision, page.scene.me), "person")
    if page.decision.person_only:
        made += page.text(f"look closely: it {page.decision.person_only}", "fail")
    made += page.table(_files(page), "file")
    made += page.pair("verify", str(facts.get("verify", "")))
    made += page.pair("self-review", str(facts.get("review", "")))
    base = str(facts.get("base", ""))[:7]
    made += page.pair("on", base) if base else []
    messages = page.state.messages.values()
    queued = sum(one.phase == page.decision.phase and one.receipt == "queued" for one in messages)
    if queued and page.decision.status == "open":
        made += page.pair(
            "queued", f"{plural(queued, 'message')} to the agent: sent if you reject, else never"
        )
    return made


def brief_lines(state: RunState, decision: Decision, width: int, scene: Scene) -> list[Line]:
    """What is known of a change in as few lines as it takes, where the change itself shows below."""
    facts = decision.facts
    told = [("verify", "verify"), ("review", "self-review"), ("base", "on")]
    parts = [
        f"{label} {str(facts[name])[:7] if name == 'base' else facts[name]}"
        for name, label in told
        if facts.get(name)
    ]
    if issues := facts.get("issues"):
        parts.append(plural(len(issues), "issue"))
    made = scene.wrap(scene.foreign("   ".join(parts), "muted"), width, most=2)
    if before := said_before(state, decision, scene.me):
        made = [*scene.wrap(scene.foreign(before, "person"), width, most=2), *made]
    if decision.person_only:
        made = [
            *scene.wrap(scene.foreign(f"look closely: it {decision.person_only}", "fail"), width, most=2),
            *made,
        ]
    return [scene.fit(one, width) for one in made if one]


def _question(page: _Page) -> list[Line]:
    who = worker_of(page.state, page.decision.step)
    made = [*page.scene.wrap(page.scene.foreign(f"{who} asks:", "muted"), page.width)]
    made += page.text(page.decision.title, "agent", indent=2, most=6)
    if choices := page.facts.get("choices"):
        made.append(())
        for number, choice in enumerate(choices, 1):
            first, *rest = page.text(str(choice), indent=5, most=2)
            picked = number == page.choice
            sign = words(f"{'>' if picked else ' '} {number}  ", "key" if picked else "text")
            made += [(*sign, *first[1:]), *rest]
    return made


_WANTED = {"command": "run", "network": "reach", "other": "use", "tool": "use"}
"""A kind of request as a verb."""


def _permission(page: _Page) -> list[Line]:
    who = worker_of(page.state, page.decision.step)
    action, _, detail = page.decision.title.partition(": ")
    wanted = f"{who} wants to {_WANTED.get(action, action)}:"
    made = [*page.scene.wrap(page.scene.foreign(wanted, "muted"), page.width)]
    made += page.text(detail or action, "agent", indent=2, most=6)
    why = str(page.facts.get("why", ""))
    return made + (page.text(f"asked because {why}", "muted", most=2) if why else [])


def _conflict(page: _Page) -> list[Line]:
    paths = [str(path) for path in page.facts.get("conflicts", ())]
    run = page.state.run
    onto = run.branch if run is not None else "the branch"
    made = page.text(f"{plural(len(paths), 'file')} of {page.decision.phase} cannot be merged onto {onto}:")
    made += page.table([_path(page, path, page.width - 2, indent=2) for path in paths], "file")
    return made + page.text("the branch is as it was; nothing is half merged", "muted")


def _stuck(page: _Page) -> list[Line]:
    facts = page.facts
    made = page.text("it goes no further by itself:")
    made += page.text(str(facts.get("why", "") or page.decision.title), "fail", indent=2)
    summary = str(facts.get("summary", ""))
    if summary and summary not in str(facts.get("why", "")):
        made += page.text(summary, indent=2)
    return [*made, *_evidence(page), *_so_far(page)]


def _error(page: _Page) -> list[Line]:
    return [*page.text(page.decision.title, "fail"), *_evidence(page), *_so_far(page)]


def _so_far(page: _Page) -> list[Line]:
    return page.pair("so far", so_far(page.state, page.decision))


def _nothing_ran(page: _Page) -> list[Line]:
    made = page.text(f"our own run saw no test: {page.facts.get('summary', '') or about(page.decision)}")
    checks = [
        page.scene.columns(
            [
                Cell(page.scene.foreign(f"  {c.get('name', '')}"), 16),
                Cell(page.scene.foreign(str(c.get("reason", ""))), 60),
            ],
            page.width,
        )
        for c in page.facts.get("checks") or ()
    ]
    made += page.table(checks, "check")
    made += page.pair("before", said_before(page.state, page.decision, page.scene.me), "person")
    return made + page.text("a tree is taken as good only when something ran, or when you say so", "muted")


def _breakpoint(page: _Page) -> list[Line]:
    state, decision = page.state, page.decision
    point = state.breakpoints.get(str(page.facts.get("breakpoint", "")))
    hits = f"  hit {plural(point.hits, 'time')}" if point is not None else ""
    where = decision.title.split(" ", 1)
    return [
        *page.text(f"{where[0]} {step_words(where[-1])}{hits}"),
        *page.pair("last check", *last_check(page.state, page.decision)),
        *_so_far(page),
    ]


def _author(page: _Page) -> list[Line]:
    return [
        *page.text(page.decision.title),
        *page.text("for example Ada Lovelace <ada@example.org>", "muted"),
    ]


def _large_change(page: _Page) -> list[Line]:
    before = page.pair("before", said_before(page.state, page.decision, page.scene.me), "person")
    return [*page.question("fail"), *before, *page.table(_files(page), "file")]


def _budget(page: _Page) -> list[Line]:
    budget = page.state.budget
    to_go = sum(phase.status in ("pending", "running", "paused") for phase in page.state.phases.values())
    made = page.text(f"{about(page.decision)}, {plural(to_go, 'phase')} to go", "fail")
    if budget.spent.unpriced:
        made += page.pair("unknown", f"{plural(budget.spent.unpriced, 'turn')} of unknown cost")
    return made


_KINDS: Mapping[str, Callable[[_Page], list[Line]]] = {
    "gate": _gate,
    "review": _review,
    "question": _question,
    "permission": _permission,
    "conflict": _conflict,
    "stuck": _stuck,
    "error": _error,
    "nothing_ran": _nothing_ran,
    "breakpoint": _breakpoint,
    "author": _author,
    "large_change": _large_change,
    "budget": _budget,
}


def _path(page: _Page, path: str, width: int, *, indent: int = 0) -> Line:
    shown = page.scene.foreign(path)
    room = max(8, width)
    if sum(cells(text) for _, text in shown) > room:
        shown = page.scene.foreign(
            short_path("".join(text for _, text in shown), room, page.scene.glyphs.ellipsis)
        )
    return (*words(" " * indent), *shown)


def _files(page: _Page) -> list[Line]:
    """``M  src/todo/tags.py   +58/-6``: what the kernel tells is [status, path, added, removed], or a path alone."""
    rows = [
        file if isinstance(file, list | tuple) and len(file) == 4 else ["", file, 0, 0]
        for file in _listed(page, "files")
    ]
    longest = min(_LONGEST_PATH, max((cells(str(row[1])) for row in rows), default=0), page.width - 18)
    return [
        page.scene.columns(
            [
                Cell(page.scene.foreign(f" {row[0]}"), 2),
                Cell(_path(page, str(row[1]), longest), longest),
                Cell(words(lines(int(row[2]), int(row[3]))) if row[0] else (), 11, True),
            ],
            page.width,
            gap=1,
        )
        for row in rows
    ]


def _planned(page: _Page, changes: Iterable[Mapping[str, Any]]) -> list[Line]:
    made = list(changes)
    longest = min(
        _LONGEST_PATH, max((cells(str(c.get("path", ""))) for c in made), default=0), page.width // 2
    )
    return [
        page.scene.columns(
            [
                Cell(page.scene.foreign(f" {change.get('action', '')}"), 8),
                Cell(_path(page, str(change.get("path", "")), longest), longest),
                Cell(page.scene.foreign(str(change.get("note", "")), "muted"), page.width),
            ],
            page.width,
        )
        for change in made
    ]


def _issues(page: _Page) -> list[Line]:
    rows = []
    for issue in _listed(page, "issues"):
        at = f":{issue['line']}" if issue.get("line") else ""
        where = short_path(str(issue.get("file", "")), 30, page.scene.glyphs.ellipsis) + at
        told = page.scene.foreign(
            f"{where}  {issue.get('text', '')}" if where else str(issue.get("text", ""))
        )
        rows.append(
            page.scene.columns(
                [Cell(page.scene.foreign(f" {issue.get('severity', '')}"), 8), Cell(told, page.width)],
                page.width,
            )
        )
    return rows


def _listed(page: _Page, name: str) -> list[Any]:
    return list(page.facts.get(name) or ())


def _evidence(page: _Page) -> list[Line]:
    kept = [one for one in str(page.facts.get("evidence", "")).split("\n") if one.strip()][-_EVIDENCE:]
    return [page.scene.crop((*words("  "), *page.scene.foreign(one, "agent")), page.width) for one in kept]
