"""The programs that the cockpit is measured beside, and the cockpit with a stopwatch in it."""
