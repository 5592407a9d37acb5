"""Text from recognisers: parsing, hallucinations, meaning of short answers. Pure."""
