"""The current language of a call with a multilingual agent. Pure."""
