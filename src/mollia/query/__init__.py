"""Query strategies: which rows to take next."""
