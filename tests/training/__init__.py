"""Journeys: training. Policy §9."""
