"""How a voice says what is written: numbers, money, times, dates, addresses, by language. Pure."""
