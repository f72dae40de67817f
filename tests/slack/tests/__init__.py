"""The made-up Slack is tested like any other product."""
