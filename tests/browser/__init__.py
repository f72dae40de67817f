"""The bot in a real browser, through the local Slack's page."""
