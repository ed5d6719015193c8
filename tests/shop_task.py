"""The beginning of a small task on a server: data and classes, and a member of the panel that keys may be added to."""

SHOP = """
name = "shop"
instruction = "What is it about?"
[data]
path = "shop.csv"
[[classes]]
name = "refund"
[[classes]]
name = "delivery"
[[panel]]
name = "gemma"
kind = "openai"
url = "{url}"
model = "m"
"""
