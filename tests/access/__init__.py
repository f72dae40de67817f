"""Journeys: asking for a blocked site. Policy §7.5."""
