"""Engines that answer by a script, for tests and benchmarks."""
