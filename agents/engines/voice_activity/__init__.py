"""Voice activity: a model over the frames of all calls."""
