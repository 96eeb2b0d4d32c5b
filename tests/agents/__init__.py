"""Real agent programs, and one of our own that misbehaves on command."""
