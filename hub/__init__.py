"""DECIDE, remember, show: what should change, what happened, and how a person sees it."""
