"""Calls through the whole service whose providers answer as oddly as servers do."""
