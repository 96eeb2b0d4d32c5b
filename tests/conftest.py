"""What holds for all tests."""

from __future__ import annotations

import signal

# Whoever runs the tests may have hang-ups ignored, as nohup does, and programs started here would inherit that. What
# has a handler is back at its default in them.
signal.signal(signal.SIGHUP, lambda _number, _frame: None)
