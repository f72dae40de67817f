"""The process itself: started, killed, without Slack, without a database."""
