"""What `benchmarks.turns` offers an agent, and how it counts what the agent does."""
