"""The view of what the archive holds."""
