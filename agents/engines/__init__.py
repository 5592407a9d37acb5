"""One provider a file behind small protocols; the cascade that joins them."""
