"""What changed between two trees, which part of it is taken, and what a person said of each part; pure.

`changeset` reads git's answer lazily, `selection` names parts of it, `result` turns a selection into tree
edits, `verdicts` and `carry` hold what was decided and take it along when the work changes.
"""
