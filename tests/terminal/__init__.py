"""Tests of the cockpit in a real pseudo-terminal."""
