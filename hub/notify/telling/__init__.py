"""Stories: what happened, in the words that people read."""
