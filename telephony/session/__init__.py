"""The pure core of a live call: a state machine with events in and commands out."""
