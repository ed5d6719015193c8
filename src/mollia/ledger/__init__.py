"""What was asked, answered and labelled, in one SQLite file."""
