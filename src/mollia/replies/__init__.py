"""What an LLM's reply says: which class it names, and why it names none."""
