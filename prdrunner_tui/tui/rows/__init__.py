"""What the cockpit shows, as pure functions: a run's state, a width and a scene in, lines of spans out."""
