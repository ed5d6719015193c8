"""The loop of the paper (docs/method.md, section 2), top to bottom."""
