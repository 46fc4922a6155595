"""Slack: what the hub says in a channel, and the local emulator to rehearse it on."""
