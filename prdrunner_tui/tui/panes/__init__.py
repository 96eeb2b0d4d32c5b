"""The panes of the cockpit: lists that show a projection of the run."""
