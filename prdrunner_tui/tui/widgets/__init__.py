"""The widgets of the cockpit. Each paints lines of tokens itself; none makes a widget of a line."""
