"""Journeys: look-ups, the ledger, and the roll. Policy §4."""
