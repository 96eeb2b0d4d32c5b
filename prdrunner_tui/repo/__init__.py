"""Git and trees: the trusted store, workspaces, imports, candidates, commits, checkpoints, publishing, slots.

Everything runs git plumbing in subprocesses under an environment of ours (`git`), with paths as bytes.
``docs/git.md`` tells what is done to git, what never is, and how an agent's bytes are defined.
"""
