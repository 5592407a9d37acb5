"""What members write on calls: tags to sort them by, and notes."""
