"""The cascade: an engine of three parts (speech-to-text, language model, text-to-speech)."""
