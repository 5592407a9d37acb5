"""How long it is kept, and how all of one caller is found and erased."""
