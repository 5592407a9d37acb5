"""Live calls that another process continues: their state, and which process owns them."""
