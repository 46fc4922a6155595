"""Publishes and drift as Jira issues: the client, and a sandbox to rehearse on."""
