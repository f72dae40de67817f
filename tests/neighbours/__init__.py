"""What Lanyard stands beside: Slack and the database, and what it does when they fail."""
