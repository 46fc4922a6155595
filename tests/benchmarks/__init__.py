"""Figures of speed and memory: `./run bench [--json] [NAME...]`. Nothing here is asserted as wall time by a test."""
