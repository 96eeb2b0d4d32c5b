"""Every action of the cockpit with its keys: the one table behind footer, help, palette, docs/keys.md and keymaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Place = Literal[
    "everywhere", "text", "chat_text", "list",
    "phases", "graph", "log", "detail", "chat", "metrics", "breaks", "commits",
    "start", "new_run", "inbox", "decision", "plan", "failure", "transcript", "checkpoints", "help", "leave",
    "line", "palette", "why", "trust", "numbers", "breakpoints", "new_breakpoint", "restore", "changes", "stop", "gone",
]  # fmt: skip
"""Where keys work: a pane, a screen, or a property of what has the focus."""

Group = Literal["decide", "act", "move", "look", "edit", "everywhere"]
"""The headings of the help."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do.

    Attributes:
        id: ``area.action``; what a keymap of the user's names.
        keys: as Textual names them; the first one is shown.
        places: where they work.
        label: one or two words for the key row.
        help: a line for the help and the palette.
        group: under which heading the help lists it.
        command: the command line that does the same, without ``prdrunner``; empty where there is none.
    """

    id: str
    keys: tuple[str, ...]
    places: frozenset[Place]
    label: str
    help: str
    group: Group = "act"
    command: str = ""


def _action(
    id: str, keys: str, places: str, label: str, help: str, group: Group = "act", command: str = ""
) -> Action:
    named: frozenset[Place] = frozenset(places.split())  # type: ignore[arg-type]
    return Action(id, tuple(keys.split()), named, label, help, group, command)


_LISTS = (
    "list decision phases log commits start inbox plan failure transcript checkpoints help breaks line why"
    " numbers breakpoints new_breakpoint restore changes graph detail stop"
)
_COCKPIT = "phases graph log detail chat metrics breaks commits"
PANES = frozenset(_COCKPIT.split())
"""The places of the cockpit's panes."""

ACTIONS: tuple[Action, ...] = (
    _action("nav.down", "j down", _LISTS, "down", "the next row", "move"),
    _action("nav.up", "k up", _LISTS, "up", "the row above", "move"),
    _action("nav.unfold", "l right", "phases", "unfold", "show the steps of a phase", "move"),
    _action("nav.fold", "h left", "phases", "fold", "hide the steps of a phase", "move"),
    _action("view.right", "l right", "decision changes detail", "right", "more of long lines", "look"),
    _action(
        "view.left",
        "h left",
        "decision changes detail",
        "left",
        "back to the beginning of long lines",
        "look",
    ),
    _action("nav.page_down", "pagedown full_stop", _LISTS, "page", "a page down", "move"),
    _action("nav.page_up", "pageup comma", _LISTS, "page up", "a page up", "move"),
    _action("nav.top", "less_than_sign home", _LISTS, "top", "the first row", "move"),
    _action("nav.bottom", "greater_than_sign end G", _LISTS, "bottom", "the last row", "move"),
    _action("nav.back", "escape", "everywhere text", "back", "one level back; nothing is lost", "everywhere"),
    _action("pane.next", "tab", _COCKPIT, "pane", "the next pane", "move"),
    _action("pane.prev", "shift+tab", _COCKPIT, "previous pane", "the previous pane", "move"),
    _action(
        "tab.next",
        "right_square_bracket",
        _COCKPIT + " changes",
        "tab",
        "the next tab of the pane below",
        "move",
    ),
    _action(
        "tab.prev", "left_square_bracket", _COCKPIT + " changes", "previous tab", "the previous tab", "move"
    ),
    _action("layout.overview", "1", _COCKPIT, "overview", "all panes that fit", "look"),
    _action("layout.log", "2", _COCKPIT, "log", "the log, with the phases as one strip", "look"),
    _action("layout.review", "3", _COCKPIT, "review", "the review of the phase, or the oldest one", "look"),
    _action(
        "layout.chat", "4", _COCKPIT, "chat", "the chat of the phase, with the phases as one strip", "look"
    ),
    _action("jump.panes", "semicolon", _COCKPIT, "jump", "go to a pane by its letter", "look"),
    _action("pane.zoom", "plus", _COCKPIT, "zoom", "the focused pane fills the screen", "look"),
    _action("pane.unzoom", "underscore", _COCKPIT, "unzoom", "all panes again", "look"),
    _action("pane.grow", "equals_sign", _COCKPIT, "grow", "more room for the focused pane", "look"),
    _action("pane.shrink", "minus", _COCKPIT, "shrink", "less room for the focused pane", "look"),
    _action("inbox.oldest", "I", "everywhere", "next decision", "open what waits longest", "everywhere"),
    _action("inbox.list", "i", "everywhere", "inbox", "everything that waits for you", "everywhere"),
    _action("go.menu", "g", "everywhere", "go", "go to a screen", "everywhere"),
    _action("go.plan", "", "everywhere", "plan", "go to the plan and its graph", "everywhere"),
    _action("go.inbox", "", "everywhere", "inbox", "go to the inbox", "everywhere"),
    _action("go.transcript", "", "everywhere", "transcript", "go to the transcript", "everywhere"),
    _action("go.failure", "", "everywhere", "failure", "go to the newest failure", "everywhere"),
    _action("go.checkpoints", "", "everywhere", "checkpoint", "go to the checkpoints", "everywhere"),
    _action("go.metrics", "", "everywhere", "metrics", "go to the metrics", "everywhere"),
    _action("go.breaks", "", "everywhere", "breaks", "go to the list of breakpoints", "everywhere"),
    _action("go.runs", "", "everywhere", "runs", "go to the runs of this repository", "everywhere"),
    _action("go.start", "", "everywhere", "start", "go to the start screen", "everywhere"),
    _action("help.open", "question_mark f1", "everywhere", "keys", "the keys that work here", "everywhere"),
    _action(
        "palette.open", "colon ctrl+p", "everywhere", "commands", "find a command by its words", "everywhere"
    ),
    _action("app.leave", "q", "everywhere", "leave", "leave; the run can go on", "everywhere"),
    _action(
        "app.interrupt",
        "ctrl+c",
        "everywhere text",
        "",
        "clears a text; elsewhere it says how to leave",
        "everywhere",
    ),
    _action("search.start", "slash", "log transcript", "search", "find a text", "look"),
    _action(
        "search.next",
        "n",
        "log transcript",
        "next match",
        "the next older place of the text searched",
        "look",
    ),
    _action(
        "search.prev",
        "N",
        "log transcript",
        "previous match",
        "the next newer place of the text searched",
        "look",
    ),
    _action(
        "filter.menu", "f", "log transcript", "filter", "show only one phase, or some kinds of lines", "look"
    ),
    _action("log.follow", "space", "log transcript", "follow", "stay at the newest line", "look"),
    _action(
        "log.next_step",
        "right_curly_bracket l",
        "log transcript",
        "next step",
        "where the next step begins",
        "move",
    ),
    _action(
        "log.prev_step",
        "left_curly_bracket h",
        "log transcript",
        "previous step",
        "where the previous step begins",
        "move",
    ),
    _action(
        "view.copy",
        "y",
        "phases log chat commits failure transcript inbox line",
        "copy",
        "copy the row to the clipboard",
        "look",
    ),
    _action(
        "why.open", "w", "phases plan decision inbox failure", "why", "why it waits, and for whom", "look"
    ),
    _action(
        "numbers.next",
        "l right right_square_bracket",
        "numbers",
        "view",
        "the next view of the metrics: run, phases, requests, history",
        "move",
    ),
    _action(
        "numbers.prev",
        "h left left_square_bracket",
        "numbers",
        "previous view",
        "the previous view of the metrics",
        "move",
    ),
    _action("line.older", "h N left", "line", "previous line", "the line before it", "move"),
    _action("line.newer", "l n right", "line", "next line", "the line after it", "move"),
    _action("row.open", "enter", _LISTS + " chat", "open", "what the row is about", "act"),
    _action(
        "phase.message",
        "m",
        "phases log chat failure",
        "message",
        "write to the agent of the phase",
        "act",
        "message PHASE TEXT",
    ),
    _action(
        "phase.pause",
        "p",
        "phases log plan checkpoints",
        "pause",
        "pause the phase, or resume it",
        "act",
        "pause --task PHASE",
    ),
    _action(
        "run.pause",
        "P",
        "phases log plan metrics numbers",
        "pause run",
        "pause the run, or resume it",
        "act",
        "pause",
    ),
    _action(
        "phase.retry", "r", "phases failure", "retry", "take a failed phase up again", "act", "retry PHASE"
    ),
    _action(
        "phase.stop",
        "x",
        "phases failure",
        "stop phase",
        "end the phase and its agent; asks once more",
        "act",
        "stop --phase PHASE",
    ),
    _action(
        "failure.output", "right_square_bracket o", "failure", "output", "all that the step put out", "look"
    ),
    _action("failure.next", "n l right", "failure", "next failure", "the failure of another phase", "move"),
    _action(
        "failure.prev",
        "N h left",
        "failure",
        "previous failure",
        "the newer failure of another phase",
        "move",
    ),
    _action(
        "run.new", "n", "phases", "new run", "the start screen, for another run", "act", "run --prd-file FILE"
    ),
    _action("phase.break", "b", "phases log plan", "break", "a breakpoint at a step of the phase", "act"),
    _action(
        "phase.transcript",
        "t",
        "phases failure log decision",
        "transcript",
        "all that the agent of a step put out",
        "look",
        "logs PHASE",
    ),
    _action("run.reconnect", "r", "gone", "reconnect", "reach the engine again, or start it", "everywhere"),
    _action("decide.yes", "a", "decision", "approve", "say yes", "decide", "approve ID"),
    _action(
        "decide.no", "x", "decision", "reject", "say no, with a reason", "decide", "reject ID --reason TEXT"
    ),
    _action(
        "decide.always",
        "A",
        "decision",
        "always",
        "allow exactly this in this phase from now on",
        "decide",
        "approve ID --always",
    ),
    _action("decide.skip", "S", "decision", "skip", "go on without it", "decide", "skip ID"),
    _action(
        "decide.answer", "m", "decision", "answer", "answer in your own words", "decide", "answer ID TEXT"
    ),
    _action(
        "decide.choose", "1 2 3 4 5 6 7 8 9", "decision", "choose", "pick an answer of a question", "decide"
    ),
    _action("list.new", "n", "start breaks breakpoints", "new", "a new run, a new breakpoint", "act"),
    _action("list.refresh", "r", "start new_run", "read again", "read files and runs again", "look"),
    _action("list.toggle", "space", "breaks breakpoints new_run", "on or off", "turn it on or off", "act"),
    _action(
        "field.next", "l right", "new_run new_breakpoint", "change", "the next value of the field", "edit"
    ),
    _action("field.prev", "h left", "new_run new_breakpoint", "change back", "the previous value", "edit"),
    _action("list.delete", "d", "breaks breakpoints chat", "delete", "remove it", "edit"),
    _action(
        "list.undo", "u z", "breakpoints checkpoints", "undo", "take the last removal or restore back", "edit"
    ),
    _action(
        "checkpoint.restore",
        "r",
        "checkpoints changes",
        "restore",
        "go back to it; what is there now is kept",
        "act",
        "checkpoint rollback ID",
    ),
    _action(
        "decide.confirm",
        "y",
        "new_run leave decision trust restore stop",
        "yes",
        "say yes to the question on the screen",
        "decide",
    ),
    _action("leave.detach", "d", "leave", "detach", "leave; the run goes on", "decide"),
    _action("leave.pause", "p", "leave", "pause", "pause the run, then leave", "decide"),
    _action("leave.stop", "x", "leave", "stop", "end the agents now; asks once more", "decide", "stop"),
    _action("app.trust", "T", "start", "trust", "look at what this repository would run", "decide", "trust"),
    _action("chat.send", "enter", "text", "send", "send what you wrote", "act"),
    _action("chat.newline", "alt+enter", "text", "line", "a new line", "edit"),
    _action(
        "chat.turn", "tab", "chat_text", "what was said", "from the field to what was said, and back", "move"
    ),
    _action("chat.page_up", "pageup", "chat_text", "page up", "a page up in what was said", "move"),
    _action("chat.page_down", "pagedown", "chat_text", "page", "a page down in what was said", "move"),
)
"""All actions. The order is that of the help within each heading."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

ALSO: Mapping[str, tuple[str, ...]] = {
    "app.leave": ("quit", "exit", "close"),
    "go.metrics": ("money", "budget", "cost", "costs", "spending", "tokens", "usd"),
    "go.inbox": ("permission", "approval", "question"),
    "inbox.list": ("permission", "approval", "question"),
}
"""Other words by which the palette finds an action: what people call it who do not know our words yet."""

GO: Mapping[str, str] = {
    "p": "go.plan",
    "i": "go.inbox",
    "t": "go.transcript",
    "f": "go.failure",
    "c": "go.checkpoints",
    "m": "go.metrics",
    "b": "go.breaks",
    "r": "go.runs",
    "s": "go.start",
}
"""After ``g``: the letter and the action, whose label stands beside it."""

VERBS: Mapping[str, str] = {
    "approve": "decide.yes",
    "always": "decide.always",
    "reject": "decide.no",
    "skip": "decide.skip",
    "answer": "decide.answer",
}
"""The verbs of decisions and their actions."""

FILTER: Mapping[str, str] = {
    "p": "this phase",
    "m": "messages",
    "t": "thoughts",
    "c": "commands",
    "o": "output",
    "a": "all",
}
"""After ``f`` in a log: the letter, and what is shown alone or, the second time, no longer."""

BREAK: Mapping[str, str] = {"p": "plan_impl", "i": "implement", "v": "verify", "r": "review", "c": "commit"}
"""After ``b``: the letter and the step before which the phase stops; with shift, after which."""

JUMP: Mapping[str, str] = {
    "p": "phases",
    "g": "graph",
    "l": "log",
    "d": "detail",
    "c": "chat",
    "m": "metrics",
    "b": "breaks",
    "k": "commits",
    "i": "inbox",
}
"""After ``;``: the letter and the pane."""


def at(place: str, *, also: tuple[str, ...] = ("everywhere",)) -> tuple[Action, ...]:
    """The actions that work at a place, in the order of the table."""
    wanted = {place, *also}
    return tuple(action for action in ACTIONS if action.places & wanted)
