"""What screens and commands show, folded from a run's state. Pure."""
