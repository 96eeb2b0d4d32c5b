"""The rows of the performance goals that are measured so far, each beside its peer in the same run."""
