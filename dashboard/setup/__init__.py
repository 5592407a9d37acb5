"""Pages of the set-up: onboarding, numbers, the setup doctor."""
