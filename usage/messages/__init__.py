"""Messages that callers leave: taken during a call, mailed, and worked off by members."""
