"""Rules that are plain functions: conditions, policy, and what looks like a secret."""
