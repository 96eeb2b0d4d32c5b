"""The tests, mirroring the package."""

EFFORT = "PRDRUNNER_TEST_EFFORT"
"""Environment variable: how many times as many generated examples are tried (see `tests.effort`)."""
