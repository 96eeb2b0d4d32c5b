"""How a front end gets an engine: attach to one, start one as a process, or run one in this process."""
