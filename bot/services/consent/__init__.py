"""Photo consent: look-ups, the ledger behind them, and the roll. Policy §4."""
