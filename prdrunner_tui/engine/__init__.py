"""The orchestrator: hosts runs, compares their state with the world, and starts what is wanted next."""
