"""The files of a run's folder, by the names under which every part looks for them."""

LABELS = "labels.csv"
SUMMARY = "summary.json"
REPORT = "report.html"
LEDGER = "ledger.sqlite"
STUDENT = "student"  # a folder
