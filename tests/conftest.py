"""What holds for all tests."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

from tests import EFFORT

# Whoever runs the tests may have signals ignored: hang-ups as nohup does, interrupts as a shell does for what runs in
# its background. Programs started here would inherit that. What has a handler is back at its default in them.
signal.signal(signal.SIGHUP, lambda _number, _frame: None)
for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, lambda _number, _frame: None),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)

# Always the same examples, however busy the machine is; others where more effort is asked for.
settings.register_profile("tests", deadline=None, derandomize=float(os.environ.get(EFFORT, "0")) <= 1)
settings.load_profile("tests")
