"""Tables in and out: CSV, JSONL, Parquet, frames; seed draws."""
