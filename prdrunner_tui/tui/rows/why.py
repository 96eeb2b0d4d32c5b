"""Why something waits: the chain of what a phase waits for, the facts of a decision, what is under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prdrunner_tui.kernel.state import PHASE_ENDED, Decision, Phase, RunState
from prdrunner_tui.projections.overview import DOING, overview
from prdrunner_tui.text.units import duration
from prdrunner_tui.tui.rows.facts import fact_lines, worker_of
from prdrunner_tui.tui.rows.inbox import if_nobody_decides, who_waits
from prdrunner_tui.tui.rows.pausing import pause_words, winding_down
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.rows.silence import silent_words
from prdrunner_tui.tui.rows.words import decided, front_of, kind_title, step_state, step_words, waits
from prdrunner_tui.tui.span import Line, spaces, words

_INDENT = 3
_FACTS = 40


def why_phase(
    state: RunState,
    id: str,
    width: int,
    scene: Scene,
    doing: Mapping[str, str] | None = None,
    heard: Mapping[str, float] | None = None,
) -> Sequence[Row]:
    """A phase, what it does or waits for, below it what those wait for, and at the end who waits for it.

    Args:
        doing: what the agents of phases said last.
        heard: when something came of them last, in seconds since 1970.
    """
    if state.run is None or id not in state.phases:
        return ()
    states = {row.id: row.state for row in overview(state).phases}
    rows: list[Row] = []
    seen: set[str] = set()

    def add(key: object, indent: int, line: Line) -> None:
        for number, part in enumerate(scene.wrap(line, max(20, width - indent - 1))):
            rows.append(Row((key, number), (*words(spaces(indent + 1)), *part), stop=not number))

    def phase(one: Phase, depth: int) -> None:
        indent = depth * _INDENT
        runs = winding_down(state, one) is not None and states[one.id] == "paused"
        told = (
            *scene.sign("running" if runs else states[one.id]),
            *words(" "),
            *scene.foreign(one.id, "text"),
        )
        add(one.id, indent, (*told, *words(f"  {_phase_words(state, one, states[one.id], scene)}")))
        if one.id in seen:
            return
        seen.add(one.id)
        for number, line in enumerate(_under_way(state, one, scene, doing or {}, heard or {})):
            add((one.id, number), indent + 2, line)
        for dep in one.plan.deps:
            if one.status == "pending" and state.phases[dep].status != "done":
                phase(state.phases[dep], depth + 1)
        has_it = front_of(state).holder
        if _needs_worker(state, one) and has_it is not None:
            phase(has_it, depth + 1)

    phase(state.phases[id], 0)
    after = [one.id for one in state.phases.values() if id in one.plan.deps and one.status == "pending"]
    if after and state.phases[id].status not in PHASE_ENDED:
        add("after", 0, ())
        add(
            "after",
            0,
            scene.foreign(f"{', '.join(after)} {'wait' if after[1:] else 'waits'} for it", "muted"),
        )
    return rows


def _needs_worker(state: RunState, phase: Phase) -> bool:
    """Whether a phase could begin if no other one had the worker."""
    return phase.status == "pending" and all(state.phases[dep].status == "done" for dep in phase.plan.deps)


def why_decision(state: RunState, decision: Decision, width: int, scene: Scene) -> Sequence[Row]:
    """All facts of a decision, since when it waits, what happens if nobody decides, and who waits for it."""
    wide = max(20, width - 2)
    where = "  ".join(filter(None, (decision.phase or "run", step_words(decision.step))))
    head = scene.foreign(f"{kind_title(decision.kind)} {decision.id}  {where}")
    since = f"open since {scene.clock(decision.opened_at)}, {scene.since(decision.opened_at)}"
    lines = [head, *fact_lines(state, decision, wide, scene, most=_FACTS), ()]
    if decision.status == "open":
        lines += scene.wrap(words(since), wide)
        for told in (if_nobody_decides(decision, scene), who_waits(state, decision)):
            lines += scene.wrap(scene.foreign(told, "muted"), wide) if told else ()
    else:
        lines += scene.wrap(scene.foreign(decided(decision, scene.me)), wide)
    return [Row(number, (*words(" "), *line)) for number, line in enumerate(lines)]


def _phase_words(state: RunState, phase: Phase, word: str, scene: Scene) -> str:
    if phase.status == "pending":
        return waits(state, phase)
    if phase.status in PHASE_ENDED:
        at = f" at {scene.clock(phase.ended_at)}" if phase.ended_at is not None else ""
        return f"{word}{at}{': ' if phase.reason else ''}{phase.reason}"
    since = f", since {scene.clock(phase.started_at)}" if phase.started_at is not None else ""
    if word == "paused":
        return f"{pause_words(state, phase, scene)}, iteration {phase.iteration}{since}"
    limit = f" of {phase.iteration_limit}" if phase.iteration_limit else ""
    told = f"{word}, iteration {phase.iteration}{limit}" if phase.iteration else word
    return f"{told}{since}{': ' if phase.reason else ''}{phase.reason}"


def _under_way(
    state: RunState, phase: Phase, scene: Scene, doing: Mapping[str, str], heard: Mapping[str, float]
) -> list[Line]:
    """What a phase that has begun does now, or what it needs of a person."""
    if phase.status in ("pending", *PHASE_ENDED):
        return []
    lines: list[Line] = []
    for decision in state.open_decisions(phase.id):
        asked = f"{kind_title(decision.kind)} {decision.id}, waits {scene.since(decision.opened_at)}: {decision.title}"
        lines.append(scene.foreign(asked, "waits" if decision.by_itself else "needs-you.word"))
    step = phase.last
    if step is None:
        return lines
    if step.status != "running":
        return [*lines, scene.foreign(f"last: {step_words(step.name)} {step_state(step)}: {step.summary}")]
    at = f"{step_words(step.name)}, since {scene.clock(step.began_at)}, {duration(scene.now - step.began_at)}"
    lines.append(words(at))
    for effect in step.effects:
        if effect.status == "intended":
            what = DOING.get(effect.kind, effect.kind.replace("_", " "))
            who = f" ({worker_of(state, step.name)})" if effect.kind == "turn" else ""
            lines.append(scene.foreign(f"{what}{who}, for {scene.since(effect.at)}"))
            if silent := silent_words(state, phase, heard, scene.now) if effect.kind == "turn" else "":
                lines.append(words(f"{silent} (limits.idle)", "waits"))
            if effect.kind == "turn" and doing.get(phase.id):
                lines.append(scene.foreign(f"the agent says: {doing[phase.id]}", "agent"))
    told = (f"the agent was told: {one.kind.replace('_', ' ')}: {one.text}" for one in step.feedback)
    return [*lines, *(scene.foreign(text, "muted") for text in told)]
