"""The run that is crashed: two phases, one repaired in iteration 2, one rejected once, both approved and published."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from prdrunner_tui.kernel.commands import Decide, StartRun
from prdrunner_tui.kernel.settings import Author, Check, Gate, Limits, PhasePlan, Settings, WorkerChoice
from prdrunner_tui.kernel.state import Actor, RunState

RUN = "run-1"
ADA = Actor("person", "ada")
AUTHOR = Author("Ada", "ada@example.org")
BRANCH = f"prdrunner/{RUN}"
PHASES = (PhasePlan("one", "Say hello"), PhasePlan("two", "Say goodbye", deps=("one",)))

_CHECK_SCRIPT = """\
# Every line of expected.txt must stand in words.txt; says how many were looked at.
checked=0
missing=0
while read -r word; do
    checked=$((checked + 1))
    grep -qx "$word" words.txt || { missing=$((missing + 1)); echo "missing: $word"; }
done < expected.txt
echo "$checked checked"
exit $missing
"""

RECORDING = """\
recording: words
default:
  plan_impl:
    - write_result: {summary: one edit, approach: write it, changes: [{path: words.txt, action: edit, note: words}]}
  review:
    - write_result: {issues: []}
phases:
  one:
    implement:
      1:
        - talk: I say it
        - edit: {path: words.txt, write: "hello\\n"}
      2:
        - edit: {path: words.txt, write: "hello\\nagain\\n"}
  two:
    implement:
      1:
        - edit: {path: words.txt, write: "hello\\nagain\\nbye\\n"}
      2:
        - command: {run: "printf 'goodbye\\\\n' >> words.txt && echo made > new.txt"}
"""
"""Phase one misses a word in iteration 1; phase two is rejected in iteration 1, and its iteration 2 is a real shell."""


def git(root: Path, *args: str, objects: Path | None = None) -> str:
    """Run git as a user would, without any configuration of this machine; ``objects`` is another object store."""
    env = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    if objects is not None:
        env["GIT_OBJECT_DIRECTORY"] = str(objects)
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", *identity, *args], cwd=root, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def make_project(root: Path) -> None:
    """A tiny repository with a test command, a PRD, an untracked file and an edited one."""
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    (root / "words.txt").write_text("")
    (root / "expected.txt").write_text("hello\nagain\n")
    (root / "check.sh").write_text(_CHECK_SCRIPT)
    (root / "notes.txt").write_text("mine\n")
    (root / "prd.md").write_text("# Words\n\n## Say hello\n\nHello.\n\n## Say goodbye\n\nGoodbye.\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    (root / "notes.txt").write_text("mine, edited\n")
    (root / "untracked.txt").write_text("not in git\n")


def start_command(project: Path, *, recording: str = RECORDING, limits: Limits | None = None) -> StartRun:
    """The run over ``project``."""
    worker = WorkerChoice("scripted", {"recording": recording, "speed": 0.0}, "recording")
    settings = Settings(
        workers={"plan_impl": worker, "implement": worker, "review": worker},
        gates={"before_commit": Gate()},
        checks=(Check("words", "sh check.sh", timeout=60, ran=r"(\d+) checked"),),
        limits=limits or Limits(grace=0.5),
        author=AUTHOR,
        policy_hash="policy-1",
    )
    return StartRun(
        RUN,
        "prd.md",
        hashlib.sha256((project / "prd.md").read_bytes()).hexdigest(),
        git(project, "rev-parse", "HEAD"),
        False,
        BRANCH,
        PHASES,
        settings,
        ADA,
    )


def decide(state: RunState) -> Decide | None:
    """What the person decides now: the first review of phase two is rejected, everything else approved."""
    waiting = state.open_decisions()
    if not waiting:
        return None
    decision = waiting[0]
    rejected = any(d.status == "rejected" for d in state.decisions.values())
    if decision.kind == "review" and decision.phase == "two" and not rejected:
        return Decide(decision.id, "reject", decision.content_hash, ADA, "say goodbye in full")
    verb = "approve" if "approve" in decision.verbs else "answer"
    return Decide(decision.id, verb, decision.content_hash, ADA, "go on")  # type: ignore[arg-type]
