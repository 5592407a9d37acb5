"""Which of the agent's languages a call is in: chosen by the caller's words, and kept. Pure."""
