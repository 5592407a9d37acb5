"""How calls come in: the Twilio door and the live session behind it."""
