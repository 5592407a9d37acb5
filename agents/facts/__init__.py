"""Facts and documents proposed from texts, files and sites: each is shown before it is taken."""
