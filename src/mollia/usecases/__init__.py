"""From file to file."""
