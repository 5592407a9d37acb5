"""Unanswered questions of callers: collected by analyses, grouped, answered or dismissed."""
