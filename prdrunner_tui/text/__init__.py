"""Text that is safe to show: sanitising, redaction, units, and the one-line problem."""
