"""The view where questions are asked."""
