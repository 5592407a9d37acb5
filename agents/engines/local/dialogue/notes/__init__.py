"""The notes of a conversation: what a caller has told and asked, and what is still missing."""
