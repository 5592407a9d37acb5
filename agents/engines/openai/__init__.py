"""The engines of OpenAI, and of every server that speaks its API."""
