"""Tells people what happened: adapters to Slack and Jira."""
