"""What pixels say."""
