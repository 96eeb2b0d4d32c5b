"""The names of what decisions are about, and the hashes of what they show."""

from __future__ import annotations

from prdrunner_tui.kernel.codec import digest
from prdrunner_tui.kernel.settings import Settings
from prdrunner_tui.kernel.state import RunState


def review_subject(phase: str, base: str, tree: str) -> str:
    """A review of the change from commit ``base`` to ``tree``."""
    return f"review/{phase}/{base}/{tree}"


def review_hash(base: str, tree: str, settings: Settings) -> str:
    """What an approval is bound to: the base, the tree, and the policy under which it was asked for."""
    return digest([base, tree, settings.policy_hash])


def publish_key(state: RunState) -> str:
    """The key of the run's next publish effect."""
    return f"run/publish/{1 + sum(effect.kind == 'publish' for effect in state.run_effects.values())}"


def checkpoint_id(state: RunState) -> str:
    """The id of the next checkpoint: one that none has, and none that is being taken."""
    intended = (e.args.get("id", e.args.get("save_as")) for e in state.effects() if e.status == "intended")
    known = [*state.checkpoints, *(id for id in intended if id)]
    return f"cp-{1 + max((int(str(id).removeprefix('cp-')) for id in known), default=0)}"


def gate_subject(gate: str, phase: str, iteration: int, content: str) -> str:
    """A gate of one iteration of a phase, about ``content`` (a hash)."""
    return f"{gate}/{phase}/{iteration}/{content}"
