"""Fake calendar servers on loopback, with the faults of real ones: Cal.com's and Google's."""
