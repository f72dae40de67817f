"""Lanyard: a school's social media policy, in Slack."""
