"""The filter between what a model writes and what a voice says. Pure."""
