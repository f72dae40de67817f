"""Role holders outside Slack, and who tells them."""
