"""Search over everything of an organization, and the pages of the product."""
