"""Hears, thinks and speaks one after the other: the engine of a call from three parts."""
