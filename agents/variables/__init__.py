"""What the texts of an agent leave open until a call begins: `{today}` and the like. Pure."""
