"""Messages of callers: taken during a call, mailed, and handled by members."""
