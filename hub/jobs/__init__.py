"""Durable work: a port, and the engines behind it. A job survives the process that was asked for it."""
