"""Tool calls that models write into their text: parsed, and removed from speech. Pure."""
