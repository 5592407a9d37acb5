"""Starting points for a new agent, in each language of the product."""
