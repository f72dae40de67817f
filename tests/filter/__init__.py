"""Journeys: the filter register. Policy §7."""
