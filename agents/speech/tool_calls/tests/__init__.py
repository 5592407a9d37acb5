"""Tests of written calls."""
