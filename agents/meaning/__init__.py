"""Semantic search of passages: vectors that are computed after a version is saved.

carrying   vectors as they are stored in the prepared form, and taken over from an earlier one
making     made by a worker, for what was saved lately
nearest    the passages that are nearest to a question; pure
finding    asked for in a call
"""
