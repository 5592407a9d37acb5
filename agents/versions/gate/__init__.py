"""The gate: checks before a version is published, each finding with a remedy."""
