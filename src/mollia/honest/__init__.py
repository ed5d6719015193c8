"""Figures with intervals that hold."""
