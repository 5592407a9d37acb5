"""Variables in an agent's texts (`{today}` and the like), filled in when a call begins. Pure."""
