"""The failure of a phase: which step, what failed in it, the evidence, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prdrunner_tui.kernel.state import PHASE_ENDED, Decision, Phase, RunState, Step
from prdrunner_tui.testreports import Report, read
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.units import duration, exit_words
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.shorten import short_test
from prdrunner_tui.tui.rows.words import about, kind_words, plural, step_words
from prdrunner_tui.tui.span import Cell, Line, plain, width_of, words

_BAD = frozenset({"failed", "issues", "rejected"})
_MOST_TESTS = 20
LAST_LINES = 40
"""Lines of output that show; the whole of it is a key away."""
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def failures(state: RunState) -> list[tuple[Phase, Step]]:
    """Of each phase the newest step that did not pass, the newest of all first."""
    found = []
    for phase in state.phases.values():
        bad = [step for step in phase.steps if step.status in _BAD and step.ended_at is not None]
        if bad:
            found.append((phase, bad[-1]))
    return sorted(found, key=lambda pair: pair[1].ended_at or 0.0, reverse=True)


def last_failure(state: RunState, phase: str = "") -> tuple[Phase, Step] | None:
    """The newest step that did not pass, of one phase or of all."""
    return next((pair for pair in failures(state) if phase in ("", pair[0].id)), None)


def failure_title(phase: Phase, step: Step, width: int = 0) -> tuple[str, str]:
    """The two ends of the title rule: ``due-dates, verify, iteration 3 of 5`` and ``exit 1, 12s``.

    Args:
        width: cells that both may take together, 0 for any number. The time and the word iteration give way first,
            then the iteration and the exit code; the phase stays whole.
    """
    limit = f" of {phase.iteration_limit}" if phase.iteration_limit else ""
    passed = duration((step.ended_at or step.began_at) - step.began_at)
    ended, name = _exit(step) or step.status, f"{phase.id}, {step_words(step.name)}"
    long, short = f", iteration {step.iteration}{limit}", f", it {step.iteration}"
    ways = [
        (name + long, f"{ended}, {passed}"),
        (name + long, ended),
        (name + short, ended),
        (name, ended),
        (name, ""),
        (phase.id, ""),
    ]
    return next((pair for pair in ways if not width or sum(map(cells, pair)) <= width), ways[-1])


def output_of(step: Step) -> str:
    """What is kept of a step's output: the evidence for the agent, or the end of what the agent itself put out."""
    if step.evidence:
        return step.evidence
    tails = (str(e.result.get("tail", "")) for e in reversed(step.effects) if e.kind == "turn")
    return next(filter(None, tails), "")


def failure_rows(
    state: RunState, width: int, scene: Scene, *, phase: str = "", output: str = ""
) -> list[Row]:
    """The screen in rows of exactly ``width`` cells; column 0 stays free for the cursor.

    Args:
        phase: whose newest failure; of all phases when it is empty.
        output: more of the output than the state keeps, when it was asked for.

    Keys: ``("test", id)`` for a failing test, ``("line", n)`` for the output, ``("decision", id)`` for what waits,
    else words.
    """
    found = last_failure(state, phase)
    if found is None:
        return [Row("none", scene.fit(note(" nothing failed in this run"), width), False)]
    owner, step = found
    rows = [Row("summary", scene.fit(_summary(owner, step, scene, width), width))]
    waiting = state.open_decisions(owner.id)
    rows += [Row(("decision", one.id), scene.fit(_waits(one, scene), width)) for one in waiting]
    kept = max(output_of(step), output, key=len)
    report = read([kept.encode("utf-8", "replace")]) if kept else None
    if report is not None:
        rows += _tests(report, width, scene)
    return rows + _checks(step, width, scene) + _output(kept, width, scene)


def failure_ways(phase: Phase) -> list[tuple[str, str]]:
    """What can be done about the failure of a phase: keys, and what each does."""
    ways: list[tuple[str, str]] = []
    if phase.status in ("failed", "stopped"):
        ways.append(("r", f"iteration {phase.iteration + 1} with this failure"))
    if phase.status not in PHASE_ENDED:
        ways.append(("m", "say how to fix it"))
    return [
        *ways,
        ("]", "the whole output"),
        ("g c", "back to a checkpoint"),
        ("t", "the newest transcript"),
        ("y", "copy the row"),
    ]


def failure_next(phase: Phase, width: int, scene: Scene) -> list[Line]:
    """Four lines of exactly ``width`` cells below the failure: the keys, two in a line, and how many iterations are
    left."""
    left = ""
    if phase.status not in PHASE_ENDED and phase.iteration_limit:
        left = f"iterations left: {max(0, phase.iteration_limit - phase.iteration)}"
    rule = scene.glyphs.rule(1)
    title = (*words(f"{rule} ", "rule"), *words("Next "))
    right = (*words(f" {left} ", "muted"), *words(rule, "rule")) if left else ()
    missing = width - width_of(title) - width_of(right)
    lines: list[Line] = [(*title, *words(scene.glyphs.rule(max(0, missing)), "rule"), *right)]
    told = [(*words(f" {key:<4}", "key"), *words(does)) for key, does in failure_ways(phase)]
    half = width // 2
    for place in range(0, len(told), 2):
        pair = [Cell(one, half) for one in told[place : place + 2]]
        lines.append(scene.columns(pair, width, gap=0))
    return [scene.fit(line, width) for line in lines]


def _output(text: str, width: int, scene: Scene) -> list[Row]:
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    title = (
        "Output"
        if len(lines) <= LAST_LINES
        else f"Output, the last {LAST_LINES} of {plural(len(lines), 'line')}"
    )
    rows = _heading(title, width, scene)
    if not lines:
        return [
            *rows,
            Row(("line", 0), scene.fit(note("   none of its output is kept; t shows the transcript"), width)),
        ]
    shown: Sequence[str] = lines[-LAST_LINES:]
    for place, one in enumerate(shown):
        rows.append(Row(("line", place), scene.fit((*words("   "), *scene.foreign(one, "agent")), width)))
    return rows


def _exit(step: Step) -> str:
    """The exit code of what failed, where there is one."""
    for check in _checks_of(step):
        if check.get("verdict") != "green" and isinstance(check.get("exit"), int):
            return exit_words(int(check["exit"]))
    for effect in reversed(step.effects):
        reason = str(effect.result.get("reason", ""))
        if effect.kind == "turn" and reason.startswith("exit "):
            return reason
    return ""


def _summary(phase: Phase, step: Step, scene: Scene, width: int) -> Line:
    left = (*words(" "), *scene.sign(step.status), *scene.foreign(f" {step.summary}", "fail"))
    alike = sum(other.name == step.name and other.signature == step.signature for other in phase.steps)
    if not step.signature or alike < 2:
        return left
    ending = _ORDINALS.get(alike % 10, "th") if alike % 100 not in (11, 12, 13) else "th"
    return scene.sides(left, words(f"same failure for the {alike}{ending} time "), width)


def _tests(report: Report, width: int, scene: Scene) -> list[Row]:
    named = max(16, min(width * 6 // 10, 80))
    rows = []
    for failing in report.failing[:_MOST_TESTS]:
        # Where the heading of the summary was cut off, the reader has the message in the id.
        id, _, rest = failing.id.partition(" - ")
        shown = scene.foreign(short_test(plain(scene.foreign(id)), named, scene.glyphs.ellipsis))
        told = [
            Cell((*words(" "), *scene.sign("failed"), *words(" "), *shown), named + 3),
            Cell(scene.foreign(failing.message or rest), max(0, width - named - 5)),
        ]
        rows.append(Row(("test", failing.id), scene.columns(told, width)))
    if (more := len(report.failing) - _MOST_TESTS) > 0:
        rows.append(Row("more tests", scene.fit(note(f"   and {plural(more, 'more test')}"), width)))
    return rows


def _checks(step: Step, width: int, scene: Scene) -> list[Row]:
    rows = []
    for check in _checks_of(step):
        good = check.get("verdict") == "green"
        code = check.get("exit")
        told = exit_words(int(code)) if isinstance(code, int) else str(check.get("reason", ""))
        seconds = check.get("seconds")
        passed = f", {duration(float(seconds))}" if isinstance(seconds, int | float) else ""
        name = str(check.get("name", ""))
        shown = (
            *words(" "),
            *scene.sign("ok" if good else "failed"),
            *scene.foreign(f" {name}  {told}{passed}"),
        )
        rows.append(Row(("check", name), scene.fit(shown, width)))
    return rows


def _checks_of(step: Step) -> list[Mapping[str, Any]]:
    for effect in reversed(step.effects):
        if effect.kind == "verify":
            return list(effect.result.get("checks") or ())
    return []


def _heading(title: str, width: int, scene: Scene) -> list[Row]:
    rule = scene.glyphs.rule(1)
    line = (
        *words(f"{rule} {title} ", "rule"),
        *words(scene.glyphs.rule(max(0, width - len(title) - 3)), "rule"),
    )
    return [Row(("heading", title), scene.fit(line, width), False)]


def _waits(decision: Decision, scene: Scene) -> Line:
    """A decision that waits because of the failure, or beside it."""
    told = f"{kind_words(decision.kind)}: {about(decision)}"
    return (
        *words(" "),
        *words(scene.glyphs.step["needs_you"], "needs-you"),
        *scene.foreign(f"   {told}; enter opens it"),
    )
