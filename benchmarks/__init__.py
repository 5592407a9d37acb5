"""How fast it is, measured: see README.md beside this file. `python -m benchmarks` runs all."""
