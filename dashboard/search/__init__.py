"""Search over all data of an organization, and the pages of the product."""
