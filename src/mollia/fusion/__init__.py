"""Fusers: from a panel's answers and human labels to a posterior."""
