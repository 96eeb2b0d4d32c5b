"""The oracle: what must always be true of a run, checked from its log, git and the processes alone.

It never asks an engine and needs none; it writes nothing. The invariants are numbered I1 to I10: decisions kept (I1),
each approved change committed exactly once (I2), nothing committed without approval (I3), the user's files untouched
(I4, which only a comparison of before and after can show), nothing lost (I5), all that is shown is the fold of the
log (I6), the log whole (I7), no process without a step (I8), one engine, one agent a workspace (I9), ends final (I10).
"""
