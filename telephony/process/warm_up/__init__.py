"""Warm-up: engines, connections and fixed sentences are ready before a call needs them."""
