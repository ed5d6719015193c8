"""Task files that several tests of the command line share."""

SMALL = """name = "small"
instruction = "What is it about?"
[data]
path = "data.csv"
id = "id"
[[classes]]
name = "yes"
[[classes]]
name = "no"
[[panel]]
name = "gemma"
kind = "recorded"
path = "data.csv"
[[panel]]
name = "llama"
kind = "recorded"
path = "data.csv"
[seed]
path = "seed.csv"
[query]
rounds = 1
batch = 2
[run]
out = "out"
"""
