"""Facts and documents proposed from texts, files and websites, for members to confirm."""
