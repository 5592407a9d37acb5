"""Tests of saved tests."""
