"""The cockpit: the screens of a terminal, and what works for them beside their event loop."""
