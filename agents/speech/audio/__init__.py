"""Sound as numbers: coded, resampled, measured. Pure."""
