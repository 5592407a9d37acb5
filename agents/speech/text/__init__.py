"""Text for a voice: sentences, numbers, abbreviations. Pure."""
