"""From usage to ledger: rated, posted, summed."""
