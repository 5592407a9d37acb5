"""Measurements and reports of simulated calls."""
