"""Pure audio and text arithmetic: mu-law, resampling, endpointing, sentences."""
