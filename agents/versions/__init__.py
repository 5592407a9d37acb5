"""Versions of agents: drafts, publishing, comparison, copies, import and export."""
