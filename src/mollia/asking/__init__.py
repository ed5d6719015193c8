"""The panel without the loop."""
