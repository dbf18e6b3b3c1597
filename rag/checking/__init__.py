"""Holding a drafted sentence to its quote: which carries it, how well, and what is wrong with it."""
