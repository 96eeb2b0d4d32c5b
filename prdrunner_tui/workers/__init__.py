"""The worker port and its adapters: what a turn of a coding agent is, whatever the agent."""
