"""Analytics: figures of calls by day, hour, agent and number."""
