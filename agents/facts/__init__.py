"""Facts proposed from texts, tables and web pages: each is shown before it is taken."""
