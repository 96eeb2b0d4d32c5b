"""The pictures of the documentation, taken from the program in a terminal: ``python -m tests.screenshots``."""
