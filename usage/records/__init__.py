"""Records of calls: rows, turns, recordings, the attempt log, dead letters."""
