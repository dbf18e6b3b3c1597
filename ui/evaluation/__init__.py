"""The view of how well questions are answered: reports, misses, runs."""
