"""The pure core: what happened (events), what is wanted (commands), and the two functions between them.

``decide(state, command)`` answers with events or a refusal; ``evolve(state, recorded)`` gives the next state.
Nothing here reads a clock, a file or a process.
"""
