"""The screens of the cockpit: each is the three rows, a body, and what its keys do."""
