"""What holds for all tests."""

from __future__ import annotations

import signal

# Whoever runs the tests may have signals ignored: hang-ups as nohup does, interrupts as a shell does for what runs in
# its background. Programs started here would inherit that. What has a handler is back at its default in them.
signal.signal(signal.SIGHUP, lambda _number, _frame: None)
for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, lambda _number, _frame: None),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)
