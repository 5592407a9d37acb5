"""Predicts the end of a caller's turn by words, the agent's question and the caller's
pauses. Pure.
"""
