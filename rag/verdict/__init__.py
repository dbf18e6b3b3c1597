"""What of a checked draft may be said, and when to stay silent."""
