"""Set-up pages: onboarding, numbers, the setup doctor."""
