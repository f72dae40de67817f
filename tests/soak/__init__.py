"""Thousands of payloads that Slack never sends, from a seed, over every way in: `make soak`; a share in the tests."""
