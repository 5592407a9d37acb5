"""Calendars of other companies on loopback, as bad as the world: Cal.com's and Google's."""
