"""What is durable: the event log of a run, the registry of runs, and segment files of raw output."""
