"""TALK: the only code that speaks to an analytics tool. Imports `mappings`, never `hub`."""
