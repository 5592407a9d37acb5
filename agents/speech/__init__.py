"""Audio and text processing: mu-law, resampling, endpointing, sentences. Pure."""
