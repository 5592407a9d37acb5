"""A Twilio that runs on loopback: the simulated phone (docs/simulator.md)."""
