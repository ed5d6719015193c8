"""A task opened: its data, its parts, the ledger behind them."""
