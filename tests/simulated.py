"""A run without a world: the pure core driven to rest, with effects answered by a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prdrunner_tui.engine.schedule import proposals
from prdrunner_tui.kernel import commands
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide import decide
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.settings import Author, Gate, PhasePlan, Settings, WorkerChoice
from prdrunner_tui.kernel.state import Actor, Effect, Phase, RunState, Step

PERSON = Actor("person", "ada", "pts/1")
POLICY = Actor("policy", "--yes")
Answer = Mapping[str, Any] | str | None


def settings(**changes: Any) -> Settings:
    """Settings with a worker, a planner and the gate before_commit."""
    base: dict[str, Any] = {
        "workers": {"implement": WorkerChoice("scripted"), "plan_impl": WorkerChoice("scripted")},
        "gates": {"before_commit": Gate(required=True)},
        "author": Author("Ada", "ada@example.org"),
        "policy_hash": "p",
    }
    return Settings(**{**base, **changes})


def start(*phases: str | PhasePlan, **changes: Any) -> commands.StartRun:
    """A run of phases in a row, each on nothing."""
    plans = tuple(p if isinstance(p, PhasePlan) else PhasePlan(p, p.title()) for p in phases or ("one",))
    return commands.StartRun(
        "run-1",
        "prd.md",
        "0" * 64,
        "base",
        False,
        "prdrunner/run-1",
        plans,
        settings(**changes),
        PERSON,
    )


class World:
    """Answers effects: each import gives a new tree, everything is green."""

    def __init__(self) -> None:
        self.trees = 0
        self.standing: dict[str, str] = {}
        self.overrides: dict[str, Callable[[Phase | None, Step | None, Effect], Answer]] = {}

    def answer(self, phase: Phase | None, step: Step | None, effect: Effect) -> Answer:
        """The result of an effect, a string for an error, or None to leave it under way."""
        if effect.kind in self.overrides:
            return self.overrides[effect.kind](phase, step, effect)
        name = phase.id if phase else ""
        match effect.kind:
            case "prepare":
                return {"commit": effect.args["head"]}
            case "workspace":
                self.standing.setdefault(name, f"tree-of-{effect.args['base']}")
                return {"tree": self.standing[name]}
            case "checkpoint":
                return {"commit": f"cp-{effect.args['id']}", "tree": self.standing[name]}
            case "restore":
                self.standing[name] = str(effect.args["to"])
                return {"saved": "saved", "tree": self.standing[name]}
            case "turn":
                if effect.args["role"] == "implement":
                    self.trees += 1
                    self.standing[name] = f"tree-{self.trees}"
                plan = {"summary": "s", "approach": "", "changes": []}
                data = plan if effect.args["role"] == "plan_impl" else {"issues": []}
                return {"outcome": "ended", "reason": "", "tree_before": effect.args["tree"], "data": data}
            case "import":
                return {"tree": self.standing[name], "summary": "+1/-0 in 1 file", "files": ["a"]}
            case "verify":
                return {"verdict": "green", "summary": "exit 0, 1 passed"}
            case "integrate":
                return {"tree": effect.args["tree"], "summary": "+1/-0 in 1 file", "files": ["a"]}
            case "build_commit":
                return {"commit": f"commit-of-{effect.args['tree']}"}
            case "advance":
                return {"outcome": "moved"}
            case "publish":
                return {"branch": effect.args["branch"]}
        raise AssertionError(effect.kind)


class Simulation:
    """A log, the state folded from it, and the world."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.state = RunState()
        self.log: list[Recorded] = []

    def submit(self, command: commands.Command) -> Refusal | None:
        """Take one command."""
        answer = decide(self.state, command)
        if isinstance(answer, Refusal):
            return answer
        for event in answer:
            recorded = Recorded(len(self.log) + 1, float(len(self.log)), event)
            self.log.append(recorded)
            self.state = evolve(self.state, recorded)
        return None

    def take(self, command: commands.Command) -> None:
        """Take one command that must be accepted."""
        assert self.submit(command) is None, (command, decide(self.state, command))

    def settle(self, limit: int = 2000) -> None:
        """Follow proposals and answer effects until everything waits."""
        for _ in range(limit):
            wanted = proposals(self.state)
            if wanted:
                self.take(wanted[0])
            if not wanted and not self._answer_one():
                return
        raise AssertionError("the run does not come to rest")

    def decide_open(self, verb: str = "approve", reason: str = "", by: Actor = PERSON, **more: Any) -> None:
        """Decide the oldest open decision."""
        decision = self.state.open_decisions()[0]
        self.take(commands.Decide(decision.id, verb, decision.content_hash, by, reason, **more))  # type: ignore[arg-type]

    def _answer_one(self) -> bool:
        for phase, step, effect in self._open():
            answer = self.world.answer(phase, step, effect)
            if answer is None:
                continue
            name = phase.id if phase else ""
            error, result = (answer, {}) if isinstance(answer, str) else ("", answer)
            self.take(commands.ReportEffect(name, effect.key, result, error))
            return True
        return False

    def _open(self) -> list[tuple[Phase | None, Step | None, Effect]]:
        found: list[tuple[Phase | None, Step | None, Effect]] = [
            (None, None, e) for e in self.state.run_effects.values() if e.status == "intended"
        ]
        for phase in self.state.phases.values():
            for step in phase.steps:
                found.extend((phase, step, e) for e in step.effects if e.status == "intended")
        return found


def path(state: RunState, phase: str) -> list[str]:
    """The steps of a phase in words: ``implement 1.1 ok``."""
    return [f"{s.name} {s.iteration}.{s.attempt} {s.status}" for s in state.phases[phase].steps]
