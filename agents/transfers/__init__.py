"""Settings of transfers: targets and hours. Pure."""
