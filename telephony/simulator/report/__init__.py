"""What is measured of a simulated call, and reported of it."""
