"""Asking LLMs: prompts, parsing, label probabilities, providers."""
