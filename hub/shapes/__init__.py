"""The shapes in which the hub gives its values away: what `--json` prints is what the HTTP API answers.

docs/json-output.md is their description for readers; a test holds both to each other.
"""
