"""A small todo list."""
