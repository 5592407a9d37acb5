"""Whether a call may begin, and what is made ready for it."""
