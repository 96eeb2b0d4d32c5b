"""Whether the tests would notice: the pure code is changed in small ways, and each change has to fail a test."""
