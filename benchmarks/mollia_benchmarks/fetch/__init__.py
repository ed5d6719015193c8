"""`mollia bench data`: the paper's recorded answers, fetched, checked and converted to our Parquet form."""
