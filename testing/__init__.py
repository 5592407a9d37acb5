"""Doubles for tests and benchmarks: organizations, carriers, providers, servers, callers."""
