"""Input of members into a live call: words for the agent to say, notes for its model. Pure."""
