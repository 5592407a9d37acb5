"""The interface of carriers: protocols and a registry."""
