"""The pure core of a live call: events in, commands out."""
