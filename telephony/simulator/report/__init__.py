"""What is measured of a simulated call, and told of it."""
