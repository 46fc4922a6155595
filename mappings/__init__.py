"""TRANSLATE: between the canonical tracking plan and each tool's documents. Pure: no clock, files or network."""
