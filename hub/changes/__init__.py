"""Pure decisions: what differs, what would be written, and whether that is allowed. No clock, files or network."""
