"""Gather, decide, act: the verbs of the hub. Talks to stores and tools through ports only."""
