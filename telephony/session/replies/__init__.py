"""What the agent says in a call: made, played, heard; signs of life; runs of tools. Pure."""
