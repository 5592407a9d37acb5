"""The versions of an agent: drafted, published, compared, copied, carried elsewhere."""
