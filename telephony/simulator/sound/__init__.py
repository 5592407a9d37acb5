"""What a simulated caller says and hears."""
