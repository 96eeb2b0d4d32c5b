"""A world in which anything may happen to an effect, for the generated tests of the core."""

from __future__ import annotations

from typing import Any, Literal

from prdrunner_tui.kernel.state import Effect, Phase
from prdrunner_tui.steps.view import INTERRUPTED

Luck = Literal["good", "bad", "odd", "lost", "error", "interrupted"]
LUCK: tuple[Luck, ...] = (
    "good",
    "good",
    "good",
    "good",
    "good",
    "bad",
    "odd",
    "lost",
    "error",
    "interrupted",
)
"""What may become of an effect, the good more often, so that runs get somewhere."""


class Chaos:
    """Keeps what the workspaces hold and where the branch is; answers an effect according to luck."""

    def __init__(self) -> None:
        self.count = 0
        self.tip = ""
        self.standing: dict[str, str] = {}

    def answer(self, phase: Phase | None, effect: Effect, luck: Luck) -> dict[str, Any] | str:
        """The result of an effect, or a string for an error."""
        if luck == "error":
            return f"{effect.kind} could not be done"
        if luck == "interrupted":
            return f"{INTERRUPTED}: somebody ended it"
        answer: dict[str, Any] = getattr(self, f"_{effect.kind}")(phase.id if phase else "", effect, luck)
        return answer

    def _prepare(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        self.tip = str(effect.args["head"])
        return {"commit": self.tip}

    def _workspace(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        return {"tree": self.standing.setdefault(phase, f"tree-of-{effect.args['base']}")}

    def _checkpoint(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        return {"commit": f"commit-of-{effect.args['id']}", "tree": self.standing[phase]}

    def _restore(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        self.standing[phase] = str(effect.args["to"])
        return {"saved": f"commit-of-{effect.args['save_as']}", "tree": self.standing[phase]}

    def _turn(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        self.count += 1
        role, before = effect.args["role"], effect.args["tree"]
        outcome = {"bad": "failed", "lost": "lost"}.get(luck, "ended")
        if role == "implement":
            # An agent that goes back and forth between few trees is as common as one that makes new ones.
            self.standing[phase] = f"odd-{self.count % 2}" if luck == "odd" else f"tree-{self.count}"
        data: dict[str, Any] | None = {"changes": [1], "issues": []}
        if luck == "odd":
            data = (
                {"issues": [{"severity": "major", "text": "no"}], "changes": []} if self.count % 2 else None
            )
        return {
            "outcome": outcome,
            "reason": "" if outcome == "ended" else f"exit {self.count % 2}",
            "tree_before": before,
            "data": data,
            "usage": {"input": 10, "output": 1, "usd": None if luck == "odd" else 0.5},
        }

    def _import(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        if luck == "odd":
            self.count += 1
            self.standing[phase] = f"edited-{self.count % 3}"
        files = ["a", "b", "c"] if luck == "bad" else ["a"]
        return {"tree": self.standing[phase], "summary": "+1/-0 in 1 file", "files": files}

    def _verify(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        self.count += 1
        if luck in ("bad", "lost"):
            signature = f"failure {self.count % 2}"
            return {"verdict": "red", "summary": "1 failed", "signature": signature, "evidence": "FAILED"}
        return {"verdict": "nothing_ran" if luck == "odd" else "green", "summary": "exit 0"}

    def _integrate(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        self.count += 1
        tree = str(effect.args["tree"])
        candidate: dict[str, Any] = {"tree": tree, "summary": "+1/-0", "files": ["a"]}
        match luck:
            case "bad":
                return {**candidate, "conflicts": ["a"]}
            case "odd" if self.count % 2:
                return {**candidate, "protected": ["Makefile"]}
            case "odd":
                return {**candidate, "secrets": ["a"]}
            case "lost":
                return {**candidate, "files": []}
        return candidate

    def _build_commit(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        return {"commit": f"commit-of-{effect.args['tree']}-on-{effect.args['parent']}"}

    def _advance(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        if self.tip not in (effect.args["old"], effect.args["new"]):
            return {"outcome": "superseded"}
        self.tip = str(effect.args["new"])
        return {"outcome": "moved"}

    def _publish(self, phase: str, effect: Effect, luck: Luck) -> dict[str, Any]:
        return {"branch": effect.args["branch"]}
