"""What is kept of a call: its row, turns, sound, attempts, and what was refused."""
