"""Journeys: the policy, its reading and its review. Policy §10."""
