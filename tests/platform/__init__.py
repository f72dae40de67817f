"""What Slack does of its own accord, and what Lanyard makes of it."""
