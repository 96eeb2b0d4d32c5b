"""Which keys the key row of each place shows, by the actions of the table."""

from __future__ import annotations

from collections.abc import Mapping

FOOTERS: Mapping[str, tuple[str, ...]] = {
    "phases": ("row.open", "phase.message", "phase.pause", "phase.break", "why.open", "phase.transcript"),
    "phases.ended": ("row.open", "phase.transcript", "run.new", "view.copy", "why.open"),
    "phases.failed": ("row.open", "phase.retry", "phase.transcript", "why.open", "run.new"),
    "phases.paused": ("phase.pause", "row.open", "phase.message", "phase.break", "phase.transcript"),
    "phases.run_paused": ("run.pause", "row.open", "phase.message", "phase.break", "phase.transcript"),
    "breakpoints.none": ("list.new", "nav.back"),
    "list.none": ("nav.back",),
    "log": (
        "log.follow",
        "search.start",
        "filter.menu",
        "row.open",
        "view.copy",
        "pane.zoom",
        "layout.overview",
    ),
    "graph": ("row.open", "nav.down", "nav.up", "pane.next", "pane.zoom"),
    "detail": ("row.open", "nav.down", "nav.page_down", "view.right", "pane.next", "pane.zoom"),
    "chat": ("row.open", "phase.message", "list.delete", "pane.next", "pane.zoom"),
    "metrics": ("run.pause", "pane.next", "pane.zoom"),
    "breaks": ("list.new", "list.toggle", "list.delete", "pane.next"),
    "commits": ("row.open", "view.copy", "pane.next"),
    "start": ("list.new", "row.open", "list.refresh", "app.trust", "go.menu"),
    "start.run": ("row.open", "list.new", "list.refresh", "app.trust", "go.menu"),
    "new_run": ("decide.confirm", "list.refresh", "nav.back"),
    "inbox": ("row.open", "why.open", "view.copy", "nav.back"),
    "plan": ("row.open", "why.open", "phase.break", "go.menu", "nav.back"),
    "failure": (
        "phase.retry",
        "phase.message",
        "failure.output",
        "failure.next",
        "phase.transcript",
        "nav.back",
    ),
    "transcript": ("log.follow", "search.start", "filter.menu", "row.open", "log.next_step", "nav.back"),
    "line": ("nav.down", "line.newer", "line.older", "view.copy", "nav.back"),
    "why": ("nav.down", "nav.back"),
    "numbers": ("numbers.next", "row.open", "nav.down", "run.pause", "nav.back"),
    "checkpoints": ("checkpoint.restore", "row.open", "list.undo", "phase.pause", "nav.back"),
    "changes": ("nav.down", "tab.next", "checkpoint.restore", "nav.back"),
    "breakpoints": ("list.new", "list.toggle", "list.delete", "list.undo", "row.open", "nav.back"),
    "new_breakpoint": ("row.open", "field.next", "nav.down", "nav.back"),
    "help": ("nav.down", "nav.back"),
}
"""The keys that a place's key row shows, the likeliest first; what stands behind a
dot is a state of what is there. `help` and `commands` follow where there is room."""

LAST = ("go.menu", "help.open", "palette.open", "app.leave")
"""What every key row ends with, as far as there is room; `help.open` is the last that is left out."""

ROOMY = ("run.pause", "pane.next", "pane.zoom")
"""What stands before that in the panes of the cockpit, where there is much room."""
