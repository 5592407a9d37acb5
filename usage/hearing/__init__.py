"""One spoken sentence, recognised at a browser's 16 kHz and at the telephone's 8 kHz."""
