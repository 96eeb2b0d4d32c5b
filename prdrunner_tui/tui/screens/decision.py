"""A decision: what it is about, its keys, and what happens if nobody decides; a review shows the whole diff below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from textual import events
from textual.app import ComposeResult

from prdrunner_tui.kernel.commands import Decide, Verb
from prdrunner_tui.kernel.state import Decision
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.actions import VERBS, Action
from prdrunner_tui.tui.panes.decisionview import DecisionView
from prdrunner_tui.tui.rows.decision import decision_body, decision_titles, verb_key
from prdrunner_tui.tui.rows.failure import last_failure
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.words import means, result_words, verb_of
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.entry import Entry
from prdrunner_tui.tui.widgets.pane import Pane, Title

_LEAST = (40, 10)
"""Columns and rows below which nothing is decided: there is no room for what it is about."""
_LARGER = f"make the window larger: {_LEAST[0]}x{_LEAST[1]} at least show what is decided"

_ABOUT_A_CHANGE = frozenset(("review", "gate", "large_change", "nothing_ran"))
"""Kinds that are about a change: none is approved before it stands on the screen."""
_WITH_PATCH = _ABOUT_A_CHANGE | {"breakpoint", "stuck", "error"}
"""Kinds below which the change so far stands."""
_LEAST_KEYS = ("nav.down nav.up", "nav.back", "phase.transcript", "row.open")
"""What the key row loses first: the body names the key that leaves, and the help all others."""
_OF_A_FAILURE = frozenset(("stuck", "error"))
"""Kinds from which enter leads to the failure."""
_LOOKED_INTO = _OF_A_FAILURE | {"breakpoint"}
"""Kinds of which the key row names the keys that show more."""


_NO_ANSWERS: Mapping[str, str] = {
    "row.open": "there is nothing to open here",
    "decide.choose": "there are no answers to choose from",
}


class DecisionScreen(ViewScreen):
    """One decision. Nothing is decided by the key that opened it, nor by escape."""

    place = "decision"
    decides = True
    confirms = "decide it all the same, once that was asked"
    view: DecisionView

    def __init__(self, id: str) -> None:
        super().__init__()
        self.id_shown = id
        self.view = DecisionView(self._body_lines, lambda: self.cockpit.scene)
        self.entry = Entry()
        self.pane = Pane(self.view, title=Title(), id="pane-decision")
        self.asked = ""
        self.choice = 0
        self.patch_due = False
        self.patch_problem = ""
        self._opened: Decision | None = None

    def body(self) -> ComposeResult:
        """The facts and, for words, a field below."""
        yield from super().body()
        self.entry.display = False
        yield self.entry

    def decision_here(self) -> str:
        """The id of the decision."""
        return self.id_shown

    @property
    def _too_small(self) -> bool:
        return self.size.width < _LEAST[0] or self.size.height < _LEAST[1]

    @property
    def decision(self) -> Decision | None:
        """The decision as it is now."""
        return self.cockpit.state.decisions.get(self.id_shown)

    def on_mount(self) -> None:
        """Show it, and take verdicts a moment later."""
        self._opened = self.decision
        self.entry.place = "text"  # type: ignore[attr-defined]
        self.run_worker(self._read_patch(), exclusive=True)

    def refreshed(self) -> None:
        """The run changed."""
        decision = self.decision
        if decision is not None:
            right = words(decision.phase or "run", "muted")
            parts = decision_titles(decision, self.view.size.width)
            self.pane.show_title(Title(tuple(sanitize(part) for part in parts), right))
        super().refreshed()

    async def _read_patch(self) -> None:
        decision = self.decision
        if decision is None or decision.kind not in _WITH_PATCH:
            return
        self.patch_due = True
        try:
            patch = await self.cockpit.patch(decision)
        except Problem as problem:
            self.patch_problem = str(problem.message)
            self.say(words(sanitize(f"the diff cannot be read: {problem}")))
            return
        self.patch_due = False
        if patch is not None:
            self.view.patch = patch

    def _body_lines(self, width: int) -> Sequence[Line]:
        app, decision = self.cockpit, self.decision
        if decision is None:
            return ()
        waiting = [one.id for one in open_now(app.state)]
        position = (waiting.index(decision.id) + 1, len(waiting)) if decision.id in waiting else None
        body = decision_body(
            app.state,
            decision,
            width,
            app.scene,
            position=position,
            ready=self.ready,
            titled=len(decision_titles(decision, self.view.size.width)) > 1,
            choice=self.choice,
            room=self.view.size.height,
        )
        if self._too_small and decision.status == "open":
            body = [*self.cockpit.scene.wrap(words(_LARGER, "needs-you"), width), *body]
        return [*self._second_question(decision, width), *body]

    def _second_question(self, decision: Decision, width: int) -> Sequence[Line]:
        """What stands above all else while a second key is wanted."""
        if self.asked != "protected":
            return ()
        scene, yes = self.cockpit.scene, self.cockpit.keymap.key("decide.confirm")
        told = f"{decision.phase or 'run'}: {decision.person_only}"
        return [
            *scene.wrap((*words("! ", "needs-you"), *scene.foreign(told)), width, most=3),
            (*words(yes, "key"), *words(f" {verb_of(decision, 'approve')} all the same   ")),
            (*words("esc", "key"), *words(" back, nothing is decided")),
            (),
        ]

    def key_line(self, width: int) -> Line:
        """The verbs of this decision."""
        decision = self.decision
        if self.gone:
            rest = (("nav.down nav.up", "scroll"), ("help.open", "keys"), ("nav.back", "leave"))
            return self.keys_line(width, ("run.reconnect", "reconnect"), *rest)
        if self.asked:
            asked = "approve" if self.asked == "protected" else self.asked
            verb = verb_of(decision, asked) if decision is not None else asked
            sends = "decide.confirm" if self.asked == "protected" else "chat.send"
            return self.keys_line(width, (sends, verb), ("nav.back", "back"))
        verbs = decision.verbs if decision is not None and decision.status == "open" else ()
        if self._too_small:
            verbs = ()
        pairs = [
            (verb_key(verb, self.cockpit.scene), verb_of(decision, verb))
            for verb in verbs
            if decision is not None
        ]
        if choices := self._choices():
            pairs = [(_digits(len(choices)), "choose"), ("enter", "send"), *pairs]
        look = [("row.open", "failure")] if self._failed() else []
        if decision is not None and decision.kind in _LOOKED_INTO and not self.not_now("phase.transcript"):
            look.append(("phase.transcript", "transcript"))
        rest = (("nav.down nav.up", "scroll"), ("help.open", "keys"), ("nav.back", "leave"))
        return self.keys_line(width, *pairs, *look, *rest, least=_LEAST_KEYS)

    # Verdicts

    async def on_key(self, event: events.Key) -> None:
        """A digit picks one of the answers; it sends nothing."""
        choices = self._choices()
        digit = event.character or ""
        if self.ready and not self.asked and digit.isdecimal() and 1 <= int(digit) <= len(choices):
            event.stop()
            event.prevent_default()
            self.choice = int(digit)
            self.view.remake()
            self.say((*words(f"{digit}: ", "key"), *self.cockpit.scene.foreign(choices[self.choice - 1])))
            self.show_rows()
            return
        await super().on_key(event)

    def _choices(self) -> Sequence[str]:
        decision = self.decision
        if decision is None or decision.kind != "question" or decision.status != "open":
            return ()
        return [str(choice) for choice in decision.facts.get("choices") or ()]

    def _failed(self) -> str:
        """The phase whose failure the decision is about; empty where it is about none."""
        decision = self.decision
        if decision is None or decision.kind not in _OF_A_FAILURE:
            return ""
        return decision.phase if last_failure(self.cockpit.state, decision.phase) is not None else ""

    async def act_row_open(self) -> str:
        """Show the failure, or send the answer that was picked."""
        choices = self._choices()
        if failed := self._failed():
            self.cockpit.open_failure(failed)
            return ""
        if not choices:
            return _NO_ANSWERS["row.open"]
        if not self.choice:
            return f"{_digits(len(choices))} picks an answer first"
        return await self._decide("answer", choices[self.choice - 1])

    async def do(self, action: Action) -> None:
        """Scroll, decide, or what a screen does."""
        if action.id == "row.open":
            if reason := await self.act_row_open():
                self.say(words(sanitize(reason)))
            return
        if action.id == "nav.back" and self.asked:
            self._ask("")
            return
        await super().do(action)

    def not_now(self, action: str) -> str:
        """Why a verdict cannot be given, beside what holds everywhere."""
        if action == "decide.confirm":
            return "" if self.asked == "protected" else "nothing is asked"
        if action == "row.open" and self._failed():
            return ""
        if action in _NO_ANSWERS:
            return "" if self._choices() else _NO_ANSWERS[action]
        verb = next((verb for verb, id in VERBS.items() if id == action), "")
        return self._refused(verb) if verb else super().not_now(action)

    def as_here(self, action: Action) -> Action:
        """The verbs as this kind of decision has them, and the digits of the answers that there are."""
        decision, choices = self.decision, self._choices()
        if decision is None or action.id == "decide.confirm":
            return super().as_here(action)
        if action.id == "decide.choose" and choices:
            return replace(
                action, keys=action.keys[: len(choices)], help="pick an answer; it is not sent yet"
            )
        if action.id == "row.open" and choices:
            return replace(action, label="send", help="send the answer that was picked")
        if action.id == "row.open" and self._failed():
            return replace(action, label="failure", help="the failure and its evidence")
        verb = next((verb for verb, id in VERBS.items() if id == action.id), "")
        if verb not in decision.verbs:
            return action
        name, does = verb_of(decision, verb), means(decision, verb)
        return replace(action, label=name, help=f"{name}: {does}" if does and does != name else name)

    def _refused(self, verb: str) -> str:
        decision = self.decision
        if decision is None or decision.status != "open":
            return "this is decided already"
        if self.gone:
            return self.gone_words
        if self._too_small:
            return _LARGER
        if verb == "approve" and self.patch_due and decision.kind in _ABOUT_A_CHANGE:
            return "the change is not on the screen: " + (self.patch_problem or "it is being read")
        return "" if verb in decision.verbs else f"not here: {decision.kind.replace('_', ' ')} has no {verb}"

    async def act_decide_yes(self) -> str:
        """Say yes; what no policy may approve is asked about once more."""
        assert self.decision is not None
        if self.decision.person_only and self.decision.kind != "stuck":
            return self._ask("protected")
        return await self._decide("approve")

    async def act_decide_always(self) -> str:
        """Say yes to this very request for the whole phase."""
        return await self._decide("always")

    def act_decide_no(self) -> str:
        """Say no: the words come first."""
        return self._ask("reject")

    def act_decide_answer(self) -> str:
        """Answer in words."""
        return self._ask("answer")

    async def act_decide_skip(self) -> str:
        """Go on without it."""
        return await self._decide("skip")

    async def act_decide_confirm(self) -> str:
        """The second key of what was asked."""
        return await self._decide("approve", protected=True)

    def _ask(self, what: str) -> str:
        self.asked = what
        wants_words = what in ("reject", "answer")
        self.entry.display = wants_words
        if wants_words:
            prompt = "reason > " if what == "reject" else "answer > "
            purpose = f"{what}:{self.id_shown}"
            self.entry.open(purpose, prompt=words(prompt, "key"))
            self.entry.set_text(self.cockpit.drafts.get(purpose, ""))
            self.entry.focus()
        else:
            self.view.focus()
        self.view.remake()
        if what == "protected":
            self.view.move_to(0)
        self.show_rows()
        return ""

    async def on_entry_submitted(self, event: Entry.Submitted) -> None:
        """The words are there."""
        verb: Verb = "reject" if self.asked == "reject" else "answer"
        told = await self._decide(verb, event.text)
        if told:
            self.entry.set_text(event.text)
        self.say(words(sanitize(told)))

    def on_entry_changed(self, event: Entry.Changed) -> None:
        """Keep it for the next time."""
        self.cockpit.drafts[event.purpose] = event.text

    async def _decide(self, verb: Verb, reason: str = "", *, protected: bool = False) -> str:
        shown, now = self._opened, self.decision
        if shown is None or now is None or shown.content_hash != now.content_hash:
            self._opened = now
            self._ask("")
            return "it changed; look again"
        command = Decide(self.id_shown, verb, shown.content_hash, self.cockpit.me, reason, protected)
        told = await self.cockpit.give(command, "")
        if told:
            self._ask("")
            return told
        self.dismiss(result_words(now, verb))
        return ""


def _digits(count: int) -> str:
    """The keys of so many answers."""
    return "1" if count == 1 else f"1-{min(count, 9)}"
