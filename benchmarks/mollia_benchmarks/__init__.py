"""Benchmarks over the recorded panels: the figures that README and docs quote."""
