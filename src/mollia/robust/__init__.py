"""Robust training: discrepancy weights and negative learning."""
