"""Procedural connectivity: rows are made anew for each spike, and kept while it is under way."""
