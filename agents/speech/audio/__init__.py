"""Audio processing: codecs, resampling, measurements. Pure."""
