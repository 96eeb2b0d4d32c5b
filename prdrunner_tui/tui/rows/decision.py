"""The body of the dialog of a decision: the facts, the keys, and what happens if nobody decides."""

from __future__ import annotations

from prdrunner_tui.kernel.state import Decision, RunState
from prdrunner_tui.text.cells import cells
from prdrunner_tui.tui.rows.facts import brief_lines, fact_lines
from prdrunner_tui.tui.rows.inbox import if_nobody_decides, who_waits
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.rows.words import KEYS, decided, kind_title, means, question_of, step_words, verb_of
from prdrunner_tui.tui.span import Line, spaces, width_of, words

_KEY = 5
_ASKED_ABOVE = frozenset({"gate", "review", "large_change"})
"""Kinds whose question is ours, short, and stands in the title rule where there is room."""
_RULES = 14
"""Cells of the title rule that are neither its words nor free."""
_LEAST_CHANGE = 3
"""Rows of a change that show at least."""
_LEAVES = "the decision stays in the inbox"


def verb_key(verb: str, scene: Scene) -> str:
    """The key of a verb as the person's keymap has it."""
    return scene.verb_keys.get(verb, KEYS[verb])


def decision_title(decision: Decision) -> str:
    """The title of the dialog: the kind."""
    return kind_title(decision.kind)


def decision_titles(decision: Decision, width: int) -> tuple[str, ...]:
    """The parts of the title rule of a screen of so many cells: the kind, and the question where all of it fits.

    Two parts mean that the body may leave the question out (``titled``); what agents ask stands in the body alone.
    """
    kind = decision_title(decision)
    taken = cells(kind) + cells(decision.phase or "run") + _RULES
    question = question_of(decision)
    fits = decision.kind in _ASKED_ABOVE and taken + cells(question) <= width
    return (kind, question) if fits else (kind,)


def decision_body(
    state: RunState,
    decision: Decision,
    width: int,
    scene: Scene,
    *,
    position: tuple[int, int] | None = None,
    ready: bool = True,
    most: int = 8,
    titled: bool = False,
    choice: int = 0,
    room: int = 0,
) -> list[Line]:
    """The lines inside the frame, each in exactly ``width`` cells.

    Args:
        position: which of how many open decisions it is, from 1 on.
        ready: whether keys are taken already; until then they are shown as disabled.
        most: lines that a list among the facts may take.
        titled: the question stands in the title already.
        choice: the answer that was picked, counted from 1; 0 without one.
        room: rows of the screen for this and for the change below it, 0 for any number; half of them is the change's.
            First the list of files goes (each has a head in the change), then the keys get one line, then the facts.
    """
    first = _first(decision, width, scene, position)
    facts = fact_lines(state, decision, width, scene, most=most, titled=titled, choice=choice)
    end = _end(state, decision, width, scene, ready)
    body = [first, *facts, (), *end]
    if room and decision.facts.get("files"):
        least = room - 1 - max(_LEAST_CHANGE, room // 2)
        short = fact_lines(state, decision, width, scene, most=0, titled=titled)
        brief, close = (
            brief_lines(state, decision, width, scene),
            _end(state, decision, width, scene, ready, brief=True),
        )
        if not titled:
            brief = [*scene.wrap(scene.foreign(question_of(decision)), width, most=1), *brief]
        ways = [body, [first, *short, (), *end], [first, *short, (), *close], [first, *brief, *close]]
        body = next((way for way in ways if len(way) <= least), ways[-1])
    return [scene.fit(one, width) for one in body]


def _end(
    state: RunState, decision: Decision, width: int, scene: Scene, ready: bool, *, brief: bool = False
) -> list[Line]:
    """The keys and what happens if nobody decides, or what became of it."""
    if decision.status != "open":
        return _over(decision, width, scene)
    told = [if_nobody_decides(decision, scene), who_waits(state, decision)]
    left = scene.wrap(scene.foreign(". ".join(filter(None, told)), "muted"), width, most=2 if brief else 0)
    return [*(_verb_row if brief else _verbs)(decision, width, scene, ready), *left]


def _verb_row(decision: Decision, width: int, scene: Scene, ready: bool) -> list[Line]:
    """The keys in one line."""
    token = "key" if ready else "key.disabled"
    pairs = [(verb_key(verb, scene), verb_of(decision, verb)) for verb in decision.verbs]
    row: Line = ()
    for key, name in (*pairs, ("esc", "leave")):
        row = (*row, *words("   " if row else ""), *words(key, token), *words(f" {name}"))
    return [scene.crop(row, width)]


def _first(decision: Decision, width: int, scene: Scene, position: tuple[int, int] | None) -> Line:
    """``due-dates  implement, iteration 2        waits 1m 02s   2 of 4``."""
    where = step_words(decision.step)
    if decision.iteration and where:
        where += f", iteration {decision.iteration}"
    left = scene.foreign("  ".join(filter(None, (decision.phase or "run", where))))
    until = decision.decided_at
    right = f"wait{'s' if until is None else 'ed'} {scene.since(decision.opened_at, until)}"
    if position is not None:
        right += f"   {position[0]} of {position[1]}"
    return scene.sides(left, words(right), width)


def _verbs(decision: Decision, width: int, scene: Scene, ready: bool) -> list[Line]:
    token = "key" if ready else "key.disabled"
    made: list[Line] = []
    named = [(verb, verb_of(decision, verb)) for verb in decision.verbs]
    longest = max(len("leave"), *(len(name) for _, name in named)) if named else len("leave")
    choices = len(decision.facts.get("choices") or ()) if decision.kind == "question" else 0
    if choices and "answer" in decision.verbs:
        keys = "1" if choices == 1 else f"1-{min(choices, 9)}"
        made += _verb(keys, f"{'choose':<{longest}}", "then enter sends it", token, width, scene)
    for verb, name in named:
        does = means(decision, verb)
        if verb == "reject" and "your words" not in does:
            does = f"asks why; {does}" if does else "asks why"
        made += _verb(
            verb_key(verb, scene), f"{name:<{longest}}", "" if does == name else does, token, width, scene
        )
    return made + _verb("esc", f"{'leave':<{longest}}", _LEAVES, token, width, scene)


def _verb(key: str, name: str, does: str, token: str, width: int, scene: Scene) -> list[Line]:
    """A key, what it is called, and what it does, folded under its own beginning."""
    head = (*words(f"{key:<{_KEY}}", token), *words(name))
    if not does:
        return [head]
    indent = width_of(head) + 3
    first, *rest = scene.wrap(words(does, "muted"), max(16, width - indent), most=2)
    return [(*head, *words("   "), *first), *((*words(spaces(indent)), *one) for one in rest)]


def _over(decision: Decision, width: int, scene: Scene) -> list[Line]:
    """A decision that was made while it stood here, or before."""
    made = scene.wrap(scene.foreign(decided(decision, scene.me)), width, most=3)
    if decision.decided_at is not None:
        # The time of day: how long ago it was would have to be told anew, also when nothing else changes any more.
        made.append(words(f"{scene.clock(decision.decided_at)}, after {_waited(decision, scene)}", "muted"))
    return [*made, *_verb("esc", "leave", "", "key", width, scene)]


def _waited(decision: Decision, scene: Scene) -> str:
    return scene.since(decision.opened_at, decision.decided_at)
