"""The HTTP routes and sockets for carriers: voice webhook, callbacks, media streams."""
