"""Journeys: asking for permission. Policy §5.7, 5.9."""
