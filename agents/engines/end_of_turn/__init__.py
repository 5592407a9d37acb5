"""Whether a caller's turn sounds finished: a model over the sound, asked in doubt."""
