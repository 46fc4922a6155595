"""The example plan of `hub demo`: a web shop with a loyalty programme and teams that buy together."""
