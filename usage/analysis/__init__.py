"""What calls came to: analysed after their end, by rules and by the organization's model."""
