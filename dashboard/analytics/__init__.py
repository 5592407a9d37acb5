"""Analytics of calls: figures of a period, plots, tables and files."""
