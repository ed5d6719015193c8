"""Benchmarks over recorded panels: the figures that README and docs quote."""

from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"  # the recorded panels in the repository
