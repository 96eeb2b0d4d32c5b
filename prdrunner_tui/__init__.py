"""prdrunner: a cockpit for AI coding agents in a terminal."""

__version__ = "0.1.0"
