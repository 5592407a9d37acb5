"""Whether somebody speaks: a model over the frames of all calls."""
