"""The loop of the paper (METHOD section 2), top to bottom."""
