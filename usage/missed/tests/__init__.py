"""Tests of callers who were not answered."""
